// Trunkline's server for the benchmark.
import { createServer, tlsServerCredentials } from "@trunkline/server";
import { BenchService, type User } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, parseServerArguments, sampleUser } from "../sample.js";

const { tls } = parseServerArguments();

// Written out: `create()` loads all of protobuf-es, and cold starts are measured as well.
const user: User = {
  $typeName: "trunkline.bench.v1.User",
  ...sampleUser,
  roles: [...sampleUser.roles],
  createdAtMs: BigInt(createdAtMs),
};
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
  host: process.env.BENCH_HOST ?? "127.0.0.1",
  port: 0,
  ...(tls ? { credentials: tlsServerCredentials(tls) } : {}),
});
announce(port);
