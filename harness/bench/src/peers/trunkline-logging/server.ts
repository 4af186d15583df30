// Trunkline's server for the benchmark with an access log: BENCH_LOG says of which calls, `all` or `errors`; pino writes to nowhere.
import { serverAccessLog } from "@trunkline/plugins/logging";
import { createServer } from "@trunkline/server";
import { pino } from "pino";
import { BenchService, type User } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, sampleUser } from "../sample.js";

const user: User = {
  $typeName: "trunkline.bench.v1.User",
  ...sampleUser,
  roles: [...sampleUser.roles],
  createdAtMs: BigInt(createdAtMs),
};
const calls = process.env.BENCH_LOG === "all" ? "all" : "errors";
const logger = pino(pino.destination("/dev/null"));
const server = createServer({ observers: [serverAccessLog({ logger, calls })] });
server.addService(BenchService, { getUser: () => ({ user }) });
const { port } = await server.listen({ host: process.env.BENCH_HOST ?? "127.0.0.1", port: 0 });
announce(port);
