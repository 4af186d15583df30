// The contract of the test service as a descriptor set, for programs that read it when they start.
import { create, type DescFile, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_grpc_testing_test } from "../gen/grpc/testing/test_pb.js";

/** The file and all that it imports; what is imported comes first. */
function withImports(file: DescFile): DescFile[] {
  return [...file.dependencies.flatMap(withImports), file];
}

/** An encoded `google.protobuf.FileDescriptorSet` of grpc/testing/test.proto. */
export function encodeDescriptors(): Uint8Array {
  const file = withImports(file_grpc_testing_test).map(({ proto }) => proto);
  return toBinary(FileDescriptorSetSchema, create(FileDescriptorSetSchema, { file }));
}
