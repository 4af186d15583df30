// The providers of OpenTelemetry's SDK, which send what they gather to a collector (OTLP by gRPC).
import { randomUUID } from "node:crypto";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

/** What `createOpenTelemetry` takes, and what sends the rest and ends it. */
export interface Providers {
  readonly meterProvider: MeterProvider;
  readonly tracerProvider: BasicTracerProvider;
  close(): Promise<void>;
}

/** What a collector that is away may hold up the end of the service for. */
const exportTimeoutMs = 2000;

/** @param url the collector, such as `http://127.0.0.1:4317`. */
export function createProviders(url: string): Providers {
  const resource = resourceFromAttributes({
    "service.name": process.env.OTEL_SERVICE_NAME ?? "user-service",
    // Collectors would take the metrics of several processes for those of one.
    "service.instance.id": randomUUID(),
  });
  const options = { url, timeoutMillis: exportTimeoutMs };
  const exporter = new OTLPMetricExporter(options);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 10_000,
    exportTimeoutMillis: exportTimeoutMs,
  });
  const meterProvider = new MeterProvider({ resource, readers: [reader] });
  const processor = new BatchSpanProcessor(new OTLPTraceExporter(options));
  const tracerProvider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  return {
    meterProvider,
    tracerProvider,
    async close() {
      await Promise.allSettled([meterProvider.shutdown(), tracerProvider.shutdown()]);
    },
  };
}
