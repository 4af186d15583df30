// Metrics to be scraped by Prometheus, and metrics and traces that are sent to a collector.
import { createServerMetrics, serveMetrics } from "@trunkline/plugins/prometheus";
import type { Log } from "@trunkline/server";
import { Registry } from "prom-client";
import type { TelemetrySettings } from "../settings/telemetry-settings.js";
import type { Part } from "./part.js";

/** Nothing, unless there is a port for it. */
export async function createPrometheus(settings: TelemetrySettings, log: Log): Promise<Part> {
  const { metricsPort: port, metricsHost: host } = settings;
  if (port === undefined) return {};
  const registry = new Registry();
  const metrics = createServerMetrics({ registry, handlingTime: true });
  const served = await serveMetrics({ port, host, registry, log });
  log.info(`metrics at ${served.url}`);
  return { attach: (server) => metrics.watch(server), close: () => served.close() };
}

/** Nothing, unless there is a collector. The packages of OpenTelemetry are loaded by those alone who use them. */
export async function createOtlpExport({ otlpEndpoint: url }: TelemetrySettings): Promise<Part> {
  if (url === undefined) return {};
  const { createOpenTelemetry } = await import("@trunkline/plugins/otel");
  const { createProviders } = await import("./otlp-providers.js");
  const providers = createProviders(url);
  return {
    observers: [createOpenTelemetry({ ...providers, conventions: "both" }).server],
    close: () => providers.close(),
  };
}
