// Counts the calls and connections of servers. What clients make up never becomes a series.
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { Server, ServerCallRecord, ServerObserver, ServerStats } from "@trunkline/server";
import { callSources } from "./call-sources.js";
import { type MetricSource, registerMetrics } from "./collected-metric.js";
import { labelsOf, MethodSeries } from "./method-series.js";
import {
  type MetricsOptions,
  type MetricsSettings,
  readMetricsOptions,
} from "./metrics-options.js";

/** The metrics of one server or several. */
export interface ServerMetrics {
  /**
   * Counts the calls and connections of `server` from now on. All methods of its services, those included that are added later, have their
   * series at once, with zeros. May be called for several servers: their figures add up.
   */
  watch(server: Server): void;
}

/**
 * Registers the metrics of servers: `grpc_server_started_total`, `grpc_server_handled_total` and so on, with the labels grpc_type,
 * grpc_service, grpc_method (and grpc_code). Calls of methods that no service has are counted together, as `unknown`.
 * @throws {UsageError} when an option cannot be used, or the registry has these metrics already.
 * @example
 * createServerMetrics({ handlingTime: true }).watch(server);
 * await serveMetrics({ port: 9464 });
 */
export function createServerMetrics(options: MetricsOptions = {}): ServerMetrics {
  const settings = readMetricsOptions(options);
  const metrics = new CountedServers(settings);
  const wording = { prefix: "grpc_server", onSide: "on the server" } as const;
  registerMetrics(settings.registry, [
    ...callSources(metrics, wording, settings.buckets),
    ...connectionSources(metrics, settings.labels),
  ]);
  return metrics;
}

const unknownLabels = { grpc_type: "unknown", grpc_service: "unknown", grpc_method: "unknown" };

class CountedServers implements ServerMetrics, ServerObserver {
  readonly all: MethodSeries[];
  readonly servers: Server[] = [];
  readonly #settings: MetricsSettings;
  readonly #methods = new Map<DescMethod, MethodSeries>();
  readonly #byPath = new Map<string, MethodSeries>();
  /** Of all that no service has: there is no end to what clients may call. */
  readonly #unknown: MethodSeries;

  constructor(settings: MetricsSettings) {
    this.#settings = settings;
    this.#unknown = new MethodSeries(unknownLabels, settings);
    this.all = [this.#unknown];
  }

  watch(server: Server): void {
    if (this.servers.includes(server)) return;
    this.servers.push(server);
    for (const service of server.services) this.serviceAdded(service);
    server.observe(this);
  }

  serviceAdded(service: DescService): void {
    for (const method of service.methods) {
      if (!this.#methods.has(method)) this.#methods.set(method, this.#seriesOf(method));
    }
  }

  callStarted(call: ServerCallRecord): void {
    this.#find(call).callStarted(call);
  }

  callEnded(call: ServerCallRecord): void {
    this.#find(call).callEnded(call);
  }

  #find({ method, isRegistered }: ServerCallRecord): MethodSeries {
    const series = isRegistered && method !== undefined ? this.#methods.get(method) : undefined;
    return series ?? this.#unknown;
  }

  /** Servers may have descriptors of their own for the same method: one series for all of them. */
  #seriesOf(method: DescMethod): MethodSeries {
    const path = `${method.parent.typeName}/${method.name}`;
    let series = this.#byPath.get(path);
    if (series === undefined) {
      series = new MethodSeries(labelsOf(method), this.#settings);
      this.#byPath.set(path, series);
      this.all.push(series);
    }
    return series;
  }
}

function connectionSources(
  { servers }: CountedServers,
  labels: MetricsSettings["labels"],
): MetricSource[] {
  const figure = (
    type: "counter" | "gauge",
    name: string,
    help: string,
    read: (stats: ServerStats) => number,
  ): MetricSource => ({
    name: `grpc_server_${name}`,
    help,
    type,
    collect: () => [{ labels, value: servers.reduce((sum, one) => sum + read(one.stats()), 0) }],
  });
  return [
    figure("gauge", "connections", "HTTP/2 connections that are open.", (s) => s.openConnections),
    figure(
      "gauge",
      "streams",
      "Streams (calls) that are open.",
      (s) => s.streamsOpened - s.streamsEnded,
    ),
    figure("gauge", "handlers", "Handlers that have not finished.", (s) => s.liveHandlers),
    figure(
      "gauge",
      "queued_bytes",
      "Bytes that wait for clients to take them.",
      (s) => s.queuedBytes,
    ),
    figure(
      "counter",
      "connections_accepted_total",
      "Connections that were accepted.",
      (s) => s.acceptedConnections,
    ),
    figure(
      "counter",
      "connections_refused_total",
      "Connections beyond maxConnections.",
      (s) => s.refusedConnections,
    ),
    figure(
      "counter",
      "handshake_timeouts_total",
      "Connections that said nothing in time.",
      (s) => s.handshakeTimeouts,
    ),
    figure("counter", "tls_failures_total", "TLS handshakes that failed.", (s) => s.tlsFailures),
  ];
}
