// Entry point of @trunkline/plugins/otel: metrics and traces of calls, by OpenTelemetry.
export type { ConventionSet } from "./conventions/convention-set.js";
export type { MetricTotals } from "./metrics/totals/metric-totals.js";
export { createMetricTotals, createOpenTelemetry, type OpenTelemetry } from "./open-telemetry.js";
export type { OpenTelemetryOptions } from "./otel-options.js";
export { GrpcTraceBinPropagator } from "./propagation/grpc-trace-bin.js";
export { contextOf, serverSpan } from "./traces/call-trace.js";
