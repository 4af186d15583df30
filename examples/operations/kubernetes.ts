// A server for Kubernetes: probes, and an end that load balancers have time to notice.
import { shutdownOnSignals } from "@trunkline/server";
import { addHealth } from "@trunkline/server/health";
import { createProbes, serveHttp } from "@trunkline/server/probes";
import { createGreeter } from "./greeter.js";

const server = createGreeter();
const health = addHealth(server);
const probes = createProbes(server, health);

const probePort = await serveHttp(probes.handler, {
  host: process.env.HOST ?? "0.0.0.0",
  port: Number(process.env.PROBE_PORT ?? 8081),
});
const { address } = await server.listen({
  host: process.env.HOST ?? "0.0.0.0",
  port: Number(process.env.PORT ?? 50_051),
  // The same probes on the port of the calls.
  http1: probes.handler,
});

shutdownOnSignals(server, {
  lameDuckMs: Number(process.env.LAME_DUCK_MS ?? 5000),
  graceMs: 20_000,
  before: [{ name: "leave the registry", run: () => console.log("leaving"), timeoutMs: 2000 }],
  after: [{ name: "probes", run: () => probePort.close() }],
});
console.log(`listening on ${address}, probes on ${probePort.port}`);
