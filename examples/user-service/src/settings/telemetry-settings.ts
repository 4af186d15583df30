// Settings of who hears what the service does: logs, metrics, traces.
import type { Variables } from "./variables.js";

/** Who hears of it. What is undefined is off. */
export interface TelemetrySettings {
  /** Lines below this level are not written. */
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** Which calls have a line: those that fail or are slow, all, or none. */
  readonly accessLog: "errors" | "all" | "none";
  /** Methods whose messages are logged, without what is secret. */
  readonly logPayloads: readonly string[];
  /** Where Prometheus scrapes; 0 takes a free port. */
  readonly metricsPort: number | undefined;
  readonly metricsHost: string;
  /** The collector that metrics and traces go to (OTLP by gRPC). */
  readonly otlpEndpoint: string | undefined;
  /** A file that calls are recorded in (gRFC A16). */
  readonly binaryLogFile: string | undefined;
  /** Which calls, in the language of GRPC_BINARY_LOG_FILTER. */
  readonly binaryLogFilter: string;
}

/** @throws {StartupError} naming the variable at fault. */
export function readTelemetrySettings(variables: Variables): TelemetrySettings {
  return {
    logLevel: variables.choice("LOG_LEVEL", ["debug", "info", "warn", "error"], "warn"),
    accessLog: variables.choice("ACCESS_LOG", ["errors", "all", "none"], "errors"),
    logPayloads: variables.list("LOG_PAYLOADS"),
    metricsPort: variables.integer("METRICS_PORT", { max: 65_535 }),
    metricsHost: variables.text("METRICS_HOST") ?? "127.0.0.1",
    otlpEndpoint: variables.url("OTEL_EXPORTER_OTLP_ENDPOINT", ["http", "https"]),
    binaryLogFile: variables.text("BINARY_LOG_FILE"),
    binaryLogFilter: variables.text("GRPC_BINARY_LOG_FILTER") ?? "*",
  };
}
