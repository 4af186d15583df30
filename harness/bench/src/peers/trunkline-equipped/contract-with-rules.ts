// The contract of the benchmark with rules for the id of GetUser, a pattern of length 1 to 64: every peer's own must stay without.
import {
  create,
  createFileRegistry,
  type DescService,
  fromBinary,
  type Message,
  setExtension,
  toBinary,
} from "@bufbuild/protobuf";
import { FieldOptionsSchema, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { FieldRulesSchema, field } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { file_trunkline_bench_v1_bench as file } from "../../gen/trunkline/bench/v1/bench_pb.js";

/** The service, and what makes responses of its GetUser. */
export function addRules(): {
  readonly service: DescService;
  createResponse(fields: object): Message;
} {
  const copy = fromBinary(
    FileDescriptorProtoSchema,
    toBinary(FileDescriptorProtoSchema, file.proto),
  );
  const id = copy.messageType.find(({ name }) => name === "GetUserRequest")!.field[0]!;
  id.options = create(FieldOptionsSchema);
  const string = { minLen: 1n, maxLen: 64n, pattern: "^[a-z0-9-]*$" };
  setExtension(
    id.options,
    field,
    create(FieldRulesSchema, { required: true, type: { case: "string", value: string } }),
  );
  const files = createFileRegistry(copy, () => undefined);
  const service = files.getService("trunkline.bench.v1.BenchService")!;
  return {
    service,
    createResponse: (fields) => create(service.method.getUser!.output, fields as never),
  };
}
