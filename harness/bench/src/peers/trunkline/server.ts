// Trunkline's server for the benchmark.
import { create } from "@bufbuild/protobuf";
import { createServer, tlsServerCredentials } from "@trunkline/server";
import { BenchService, UserSchema } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, parseServerArguments, sampleUser } from "../sample.js";

const { tls } = parseServerArguments();

function makeUser() {
  const { roles, ...rest } = sampleUser;
  return create(UserSchema, { ...rest, roles: [...roles], createdAtMs: BigInt(createdAtMs) });
}

const user = makeUser();
const server = createServer();
server.addService(BenchService, {
  getUser() {
    return { user };
  },
  async *listUsers(request) {
    for (let i = 0; i < request.count; i++) yield { user };
  },
  async *chat(requests) {
    for await (const { text } of requests) yield { text };
  },
  echo(request) {
    return { payload: request.payload };
  },
  async upload(requests) {
    let byteCount = 0;
    for await (const { chunk } of requests) byteCount += chunk.length;
    return { byteCount: BigInt(byteCount) };
  },
});
const { port } = await server.listen({
  host: "127.0.0.1",
  port: 0,
  ...(tls ? { credentials: tlsServerCredentials(tls) } : {}),
});
announce(port);
