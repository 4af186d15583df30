// Entry point of @trunkline/plugins/prometheus: what calls, servers and channels count, under the names of go-grpc-middleware.
export {
  type ClientMetrics,
  type ClientMetricsOptions,
  createClientMetrics,
} from "./client-metrics.js";
export type { HandlingTimeOptions, MetricsOptions } from "./metrics-options.js";
export {
  type MetricsHandler,
  type MetricsServer,
  metricsHandler,
  type ServeMetricsOptions,
  serveMetrics,
} from "./node/serve-metrics.js";
export { createServerMetrics, type ServerMetrics } from "./server-metrics.js";
export { aggregateMetrics, type ScrapedRegistry, type WorkerMetrics } from "./worker-metrics.js";
