// Trunkline's server for the benchmark, with the requests of GetUser held against rules: a pattern of length 1 to 64.
import { create, createFileRegistry, fromBinary, setExtension, toBinary } from "@bufbuild/protobuf";
import { FieldOptionsSchema, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { FieldRulesSchema, field } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { validate } from "@trunkline/plugins/validate";
import { createServer } from "@trunkline/server";
import { file_trunkline_bench_v1_bench as file } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, sampleUser } from "../sample.js";

/** The contract of the benchmark with rules: every peer's own must stay without. */
function addRules() {
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
  return createFileRegistry(copy, () => undefined).getService("trunkline.bench.v1.BenchService")!;
}

const user = { ...sampleUser, roles: [...sampleUser.roles], createdAtMs: BigInt(createdAtMs) };
const service = addRules();
const { output } = service.method.getUser!;
const response = create(output, { user } as never);
const server = createServer({ interceptors: [validate()] });
server.addService(service, { getUser: () => response });
const { port } = await server.listen({ host: process.env.BENCH_HOST ?? "127.0.0.1", port: 0 });
announce(port);
