// The metrics of calls that servers and clients have in common, as go-grpc-middleware names them.
import { codeLabels } from "./code-label.js";
import type { MetricLine, MetricSource } from "./collected-metric.js";
import type { MethodSeries } from "./method-series.js";

/** The methods that are counted. */
export interface MethodTable {
  readonly all: readonly MethodSeries[];
}

/** How one end says what it counts. */
interface Wording {
  readonly prefix: "grpc_server" | "grpc_client";
  readonly onSide: string;
}

/** Counters of calls, and if `bounds` are given the histogram of their times. */
export function callSources(
  table: MethodTable,
  { prefix, onSide }: Wording,
  bounds: readonly number[] | undefined,
): MetricSource[] {
  const counter = (
    name: string,
    help: string,
    value: (series: MethodSeries) => number,
  ): MetricSource => ({
    name: `${prefix}_${name}`,
    help: `${help} ${onSide}.`,
    type: "counter",
    collect: () => table.all.map((series) => ({ labels: series.labels, value: value(series) })),
  });
  const sources = [
    counter("started_total", "Total number of RPCs started", ({ started }) => started),
    {
      name: `${prefix}_handled_total`,
      help: `Total number of RPCs completed ${onSide}, regardless of success or failure.`,
      type: "counter" as const,
      collect: () => table.all.flatMap(handledLines),
    },
    counter("msg_received_total", "Total number of messages received", ({ received }) => received),
    counter("msg_sent_total", "Total number of messages sent", ({ sent }) => sent),
  ];
  return bounds === undefined ? sources : [...sources, handlingTime(table, prefix, bounds)];
}

function handledLines({ labels, handled }: MethodSeries): MetricLine[] {
  return handled.map((value, code) => ({
    labels: { ...labels, grpc_code: codeLabels[code]! },
    value,
  }));
}

function handlingTime(table: MethodTable, prefix: string, bounds: readonly number[]): MetricSource {
  const name = `${prefix}_handling_seconds`;
  return {
    name,
    help: "Seconds that RPCs took from their begin to their end.",
    type: "histogram",
    collect: () => table.all.flatMap((series) => timeLines(series, name, bounds)),
  };
}

function timeLines(series: MethodSeries, name: string, bounds: readonly number[]): MetricLine[] {
  const { labels, buckets, exemplars } = series;
  let value = 0;
  const lines: MetricLine[] = buckets.map((count, i) => {
    value += count;
    const le = bounds[i] ?? "+Inf";
    const metricName = `${name}_bucket`;
    return { labels: { le, ...labels }, value, metricName, exemplar: exemplars?.[i] };
  });
  return [
    ...lines,
    { labels, value: series.seconds, metricName: `${name}_sum` },
    { labels, value, metricName: `${name}_count` },
  ];
}
