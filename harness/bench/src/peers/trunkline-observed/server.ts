// Trunkline's server for the benchmark, watched by what OBSERVE names.
import { createServerMetrics } from "@trunkline/plugins/prometheus";
import { createServer } from "@trunkline/server";
import { Registry } from "prom-client";
import { BenchService, type User } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, sampleUser } from "../sample.js";

const user: User = {
  $typeName: "trunkline.bench.v1.User",
  ...sampleUser,
  roles: [...sampleUser.roles],
  createdAtMs: BigInt(createdAtMs),
};
const server = createServer();
server.addService(BenchService, { getUser: () => ({ user }) });
const what = process.env.OBSERVE;
if (what === "metrics" || what === "metrics-with-times") {
  const handlingTime = what === "metrics-with-times";
  createServerMetrics({ registry: new Registry(), handlingTime }).watch(server);
}
const { port } = await server.listen({ host: process.env.BENCH_HOST ?? "127.0.0.1", port: 0 });
announce(port);
