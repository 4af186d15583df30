// One server on all cores: the primary process listens, the workers serve.
import { createServer } from "node:http";
import { serveOnAllCores } from "@trunkline/server/cluster";
import { createGreeterServer } from "./greeter.js";

const cluster = await serveOnAllCores({
  workers: Number(process.env.WORKERS ?? 2),
  shutdown: { graceMs: 10_000 },
  async start(worker) {
    const server = createGreeterServer();
    const port = Number(process.env.PORT ?? 50_051);
    await worker.listen(server, { host: "127.0.0.1", port });
  },
});

if (cluster.role === "primary") {
  const metrics = createServer(async (_request, response) => {
    response.end(JSON.stringify(await cluster.aggregate()));
  });
  metrics.listen(Number(process.env.METRICS_PORT ?? 0), "127.0.0.1", () => {
    const address = metrics.address() as { port: number };
    console.log(`listening on ${cluster.addresses[0]?.address}, metrics on ${address.port}`);
  });
}
