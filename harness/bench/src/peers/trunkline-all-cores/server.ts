// Trunkline's server for the benchmark, with the workers of `serveOnAllCores`: two on any machine.
import { createServer } from "@trunkline/server";
import { serveOnAllCores } from "@trunkline/server/cluster";
import { BenchService, type User } from "../../gen/trunkline/bench/v1/bench_pb.js";
import { announce, createdAtMs, sampleUser } from "../sample.js";

const user: User = {
  $typeName: "trunkline.bench.v1.User",
  ...sampleUser,
  roles: [...sampleUser.roles],
  createdAtMs: BigInt(createdAtMs),
};

const cluster = await serveOnAllCores({
  workers: 2,
  async start(worker) {
    const server = createServer();
    server.addService(BenchService, { getUser: () => ({ user }) });
    await worker.listen(server, { host: "127.0.0.1", port: 0 });
  },
});
if (cluster.role === "primary") announce(cluster.addresses[0]!.port);
