// What metrics of servers and clients can be told, and the defaults.
import {
  checkArray,
  checkObject,
  describeValue,
  type ObservedRecord,
  UsageError,
} from "@trunkline/core";
import { type Registry, register } from "prom-client";

/** Options of the histogram of handling times. */
export interface HandlingTimeOptions {
  /**
   * Upper bounds in seconds, ascending, above 0, at most 50 of them. Default 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
   * 5, 10.
   */
  readonly buckets?: readonly number[] | undefined;
  /**
   * The labels that tell where to find one call that fell into a bucket, for example `{ trace_id }`; undefined: none. Only registries of the
   * OpenMetrics content type show them. Default: none, which costs nothing.
   */
  readonly exemplar?:
    | ((record: ObservedRecord) => Readonly<Record<string, string>> | undefined)
    | undefined;
}

/** Options of `createServerMetrics` and `createClientMetrics`. */
export interface MetricsOptions {
  /** Where the metrics are registered. Default: the default registry of `prom-client`. */
  readonly registry?: Registry | undefined;
  /** `true` or options: how long calls take, as `..._handling_seconds`, a histogram of 14 series for each method. Default false. */
  readonly handlingTime?: boolean | HandlingTimeOptions | undefined;
  /** Labels of all series, with values that never change. Default none. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** Options with every default filled in. */
export interface MetricsSettings {
  readonly registry: Registry;
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: no histogram. */
  readonly buckets: readonly number[] | undefined;
  readonly exemplar: HandlingTimeOptions["exemplar"];
}

const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const maxBuckets = 50;

/** @throws {UsageError} when an option cannot be used. */
export function readMetricsOptions(options: MetricsOptions): MetricsSettings {
  checkObject("labels", options.labels);
  const { registry = register, labels = {}, handlingTime = false } = options;
  if (typeof registry?.registerMetric !== "function") {
    throw new UsageError(
      `option registry must be a Registry of prom-client, not ${describeValue(registry)}`,
    );
  }
  const time = handlingTime === true ? {} : handlingTime || undefined;
  checkObject("handlingTime", time);
  const buckets = time && (time.buckets ?? defaultBuckets);
  if (buckets !== undefined) checkBuckets(buckets);
  return { registry, labels, buckets, exemplar: time?.exemplar };
}

function checkBuckets(buckets: readonly number[]): void {
  checkArray("handlingTime.buckets", buckets);
  const isAscending = buckets.every(
    (bound, i) => bound > (buckets[i - 1] ?? 0) && bound < Infinity,
  );
  if (isAscending && buckets.length > 0 && buckets.length <= maxBuckets) return;
  throw new UsageError(
    `option handlingTime.buckets must be 1 to ${maxBuckets} ascending numbers of seconds above 0, not ${describeValue(buckets)}`,
  );
}
