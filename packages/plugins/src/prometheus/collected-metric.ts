// A metric whose values are worked out when somebody scrapes, in the shape that a registry of prom-client takes.
import { UsageError } from "@trunkline/core";
import type { Metric, Registry } from "prom-client";
import type { Exemplar } from "./method-series.js";

/** One line of a metric. */
export interface MetricLine {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** In the place of the metric's own name: `..._bucket`. */
  readonly metricName?: string;
  readonly exemplar?: Exemplar | undefined;
}

/** What a metric is called, and what it is worth now. */
export interface MetricSource {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  collect(): MetricLine[];
}

class CollectedMetric {
  /** A registry of the OpenMetrics content type takes `_total` off. */
  name: string;
  readonly help: string;
  readonly type: MetricSource["type"];
  readonly aggregator = "sum";
  readonly #source: MetricSource;

  constructor(source: MetricSource) {
    this.name = source.name;
    this.help = source.help;
    this.type = source.type;
    this.#source = source;
  }

  get(): Promise<object> {
    const { name, help, type, aggregator } = this;
    return Promise.resolve({ name, help, type, aggregator, values: this.#source.collect() });
  }

  /** Counters that go back would be read as a restart: this has no effect. */
  reset(): void {}
}

/**
 * Registers metrics.
 * @throws {UsageError} when the registry has one of that name already.
 */
export function registerMetrics(registry: Registry, sources: readonly MetricSource[]): void {
  for (const { name } of sources) {
    if (registry.getSingleMetric(name) === undefined) continue;
    throw new UsageError(
      `the registry has a metric ${name} already: create metrics once for each registry, and let them watch several servers or channels`,
    );
  }
  for (const source of sources) {
    registry.registerMetric(new CollectedMetric(source) as unknown as Metric);
  }
}
