// One server on all cores: the primary process listens, the workers serve, and their metrics are at one address.

import { createServerMetrics } from "@trunkline/plugins/prometheus";
import { serveOnAllCores } from "@trunkline/server/cluster";
import { serveHttp } from "@trunkline/server/probes";
import { AggregatorRegistry, register } from "prom-client";
import { createGreeterServer } from "./greeter.js";

const cluster = await serveOnAllCores({
  workers: 2,
  shutdown: { graceMs: 10_000 },
  async start(worker) {
    const server = createGreeterServer();
    createServerMetrics().watch(server);
    register.setDefaultLabels({ worker: worker.slot });
    worker.answer("metrics", () => register.getMetricsAsJSON());
    await worker.listen(server, { host: "127.0.0.1", port: Number(process.env.PORT ?? 50_051) });
  },
});

if (cluster.role === "primary") {
  const readMetrics = async (): Promise<string> => {
    const answers = await cluster.ask<object>("metrics");
    return AggregatorRegistry.aggregate(answers.map(({ figures }) => figures)).metrics();
  };
  const { port } = await serveHttp(
    async (request, response) => {
      const isMetrics = request.url === "/metrics";
      response.end(isMetrics ? await readMetrics() : JSON.stringify(await cluster.aggregate()));
    },
    { port: Number(process.env.METRICS_PORT ?? 9464) },
  );
  console.log(`listening on ${cluster.addresses[0]?.address}, metrics on ${port}`);
}
