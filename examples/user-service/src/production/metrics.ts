// Metrics to be scraped by Prometheus, and metrics and traces that are sent to a collector.
import {
  aggregateMetrics,
  createServerMetrics,
  type ScrapedRegistry,
  serveMetrics,
  type WorkerMetrics,
} from "@trunkline/plugins/prometheus";
import type { Log, Server } from "@trunkline/server";
import type { WorkerContext } from "@trunkline/server/cluster";
import { Registry } from "prom-client";
import type { Closable } from "../opened.js";
import type { TelemetrySettings } from "../settings/telemetry-settings.js";
import type { Part } from "./part.js";

/** Nothing, unless there is a port for it. */
export async function createPrometheus(
  settings: TelemetrySettings,
  log: Log,
  worker?: WorkerContext,
): Promise<Part> {
  if (settings.metricsPort === undefined) return {};
  const registry = new Registry();
  const metrics = createServerMetrics({ registry, handlingTime: true });
  const attach = (server: Server): void => metrics.watch(server);
  if (worker === undefined) return { attach, ...(await openPort(settings, log, registry)) };
  worker.answer("metrics", () => registry.getMetricsAsJSON());
  return { attach };
}

/**
 * The metrics of all workers on one port, if there is one.
 * @param ask has the answers of all workers that are there.
 */
export function openMetricsOfWorkers(
  settings: TelemetrySettings,
  log: Log,
  ask: () => Promise<readonly WorkerMetrics[]>,
): Promise<Closable> {
  return openPort(settings, log, aggregateMetrics(ask));
}

async function openPort(
  { metricsPort: port, metricsHost: host }: TelemetrySettings,
  log: Log,
  registry: ScrapedRegistry,
): Promise<Closable> {
  if (port === undefined) return { close() {} };
  const served = await serveMetrics({ port, host, registry, log });
  log.info(`metrics at ${served.url}`);
  return { close: () => served.close() };
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
