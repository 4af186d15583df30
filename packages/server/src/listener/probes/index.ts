// Entry point of @trunkline/server/probes: HTTP probes for Kubernetes and load balancers.
export {
  createProbes,
  type ProbedHealth,
  type ProbedServer,
  type ProbeOptions,
  type Probes,
} from "./probes.js";
export { type HttpPort, type HttpPortOptions, serveHttp } from "./serve-probes.js";
