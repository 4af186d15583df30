// Counts the calls of channels and how their connections are doing.
import type { CallObserver, Channel, ChannelStats, ClientCallRecord } from "@trunkline/client";
import { describeValue, UsageError } from "@trunkline/core";
import { callSources } from "./call-sources.js";
import { type MetricLine, type MetricSource, registerMetrics } from "./collected-metric.js";
import { labelsOf, MethodSeries } from "./method-series.js";
import {
  type MetricsOptions,
  type MetricsSettings,
  readMetricsOptions,
} from "./metrics-options.js";

/** Options of `createClientMetrics`. */
export interface ClientMetricsOptions extends MetricsOptions {
  /** Methods that have series of their own, 1 to 100000; further ones are counted together, as `other`: for proxies, whose clients name methods. Default 1000. */
  readonly maxMethods?: number | undefined;
}

/** The metrics of channels; an observer for their option `observers`. */
export interface ClientMetrics extends CallObserver {
  /** Shows connections, calls that wait, and failures to connect of `channel` as well, under the label `grpc_target`. Does not keep the channel alive. */
  watch(channel: Channel): void;
}

/**
 * Registers the metrics of channels: `grpc_client_started_total`, `grpc_client_handled_total` and so on, with the labels grpc_type,
 * grpc_service, grpc_method (and grpc_code). A call counts once, whatever attempts it took.
 * @throws {UsageError} when an option cannot be used, or the registry has these metrics already.
 * @example
 * const metrics = createClientMetrics();
 * const channel = createChannel("dns:///users:50051", { observers: [metrics] });
 */
export function createClientMetrics(options: ClientMetricsOptions = {}): ClientMetrics {
  const settings = readMetricsOptions(options);
  const { maxMethods = 1000 } = options;
  if (!(Number.isInteger(maxMethods) && maxMethods >= 1 && maxMethods <= 100_000)) {
    throw new UsageError(
      `option maxMethods must be a whole number from 1 to 100000, not ${describeValue(maxMethods)}`,
    );
  }
  const metrics = new CountedChannels(settings, maxMethods);
  const wording = { prefix: "grpc_client", onSide: "by the client" } as const;
  registerMetrics(settings.registry, [
    ...callSources(metrics, wording, settings.buckets),
    ...channelSources(metrics, settings.labels),
  ]);
  return metrics;
}

const otherLabels = { grpc_type: "other", grpc_service: "other", grpc_method: "other" };

class CountedChannels implements ClientMetrics {
  readonly all: MethodSeries[] = [];
  readonly #settings: MetricsSettings;
  readonly #maxMethods: number;
  readonly #byPath = new Map<string, MethodSeries>();
  #channels: WeakRef<Channel>[] = [];
  #other: MethodSeries | undefined = undefined;

  constructor(settings: MetricsSettings, maxMethods: number) {
    this.#settings = settings;
    this.#maxMethods = maxMethods;
  }

  watch(channel: Channel): void {
    if (!this.channels.includes(channel)) this.#channels.push(new WeakRef(channel));
  }

  /** Those that are still in use. */
  get channels(): Channel[] {
    this.#channels = this.#channels.filter((one) => one.deref() !== undefined);
    return this.#channels.flatMap((one) => one.deref() ?? []);
  }

  callStarted(call: ClientCallRecord): void {
    const series = this.#byPath.get(call.path) ?? this.#add(call);
    series.callStarted(call);
  }

  callEnded(call: ClientCallRecord): void {
    const series = this.#byPath.get(call.path) ?? this.#other;
    series?.callEnded(call);
  }

  #add({ path, method }: ClientCallRecord): MethodSeries {
    if (this.#byPath.size >= this.#maxMethods) {
      this.#other ??= this.#create(otherLabels);
      return this.#other;
    }
    const series = this.#create(labelsOf(method));
    this.#byPath.set(path, series);
    return series;
  }

  #create(labels: MethodSeries["labels"]): MethodSeries {
    const series = new MethodSeries(labels, this.#settings);
    this.all.push(series);
    return series;
  }
}

function channelSources(
  metrics: CountedChannels,
  labels: MetricsSettings["labels"],
): MetricSource[] {
  const figure = (
    type: "counter" | "gauge",
    name: string,
    help: string,
    read: (stats: ChannelStats) => number,
  ): MetricSource => ({
    name: `grpc_client_${name}`,
    help,
    type,
    collect: () => byTarget(metrics.channels, labels, read),
  });
  return [
    figure("gauge", "connections", "HTTP/2 connections that are open.", (s) => s.connections),
    figure("gauge", "active_calls", "Calls that have begun and not ended.", (s) => s.activeCalls),
    figure(
      "gauge",
      "waiting_calls",
      "Calls that wait for a connection or a free stream.",
      (s) => s.waitingCalls,
    ),
    figure(
      "counter",
      "connections_opened_total",
      "Connections that were made.",
      (s) => s.connectionsOpened,
    ),
    figure(
      "counter",
      "connections_lost_total",
      "Connections that ended unwanted.",
      (s) => s.connectionsLost,
    ),
    figure(
      "counter",
      "connection_failures_total",
      "Attempts to connect that failed.",
      (s) => s.failedAttempts,
    ),
  ];
}

/** Channels of one target add up. */
function byTarget(
  channels: readonly Channel[],
  labels: MetricsSettings["labels"],
  read: (stats: ChannelStats) => number,
): MetricLine[] {
  const sums = new Map<string, number>();
  for (const channel of channels) {
    sums.set(channel.target, (sums.get(channel.target) ?? 0) + read(channel.stats()));
  }
  return Array.from(sums, ([target, value]) => ({
    labels: { ...labels, grpc_target: target },
    value,
  }));
}
