// The metrics of several processes as those of one: sums that do not go back when a process is replaced.
import { AggregatorRegistry, type Registry } from "prom-client";

/** The metrics of one worker process. */
export interface WorkerMetrics {
  /** Its number, which no other worker ever has. */
  readonly id: number;
  /** What `registry.getMetricsAsJSON()` has given it. */
  readonly figures: readonly object[];
}

/** What `serveMetrics` and `metricsHandler` need of a registry. */
export type ScrapedRegistry = Pick<Registry, "metrics" | "contentType">;

/** Of so many workers that have ended the figures are kept apart: one that was only slow to answer may come back. */
const maxApart = 16;

/**
 * The metrics of all workers together, for `serveMetrics` in the primary process. Counters of workers that have ended stay in the sums, as
 * they were at the scrape before; their gauges do not.
 * @param ask asks all workers that are there.
 * @example
 * // in each worker: worker.answer("metrics", () => registry.getMetricsAsJSON());
 * serveMetrics({ registry: aggregateMetrics(() => primary.ask("metrics")) });
 */
export function aggregateMetrics(ask: () => Promise<readonly WorkerMetrics[]>): ScrapedRegistry {
  const sums = new SummedMetrics();
  return {
    contentType: AggregatorRegistry.PROMETHEUS_CONTENT_TYPE,
    metrics: async () => await sums.of(await ask()),
  };
}

class SummedMetrics {
  /** The last word of each worker, the first ones first. */
  readonly #last = new Map<number, readonly object[]>();
  /** The counters of workers that ended long ago. */
  #past: readonly object[] = [];

  async of(workers: readonly WorkerMetrics[]): Promise<string> {
    const present = new Set(workers.map(({ id }) => id));
    for (const { id, figures } of workers) this.#last.set(id, figures);
    const gone = [...this.#last].filter(([id]) => !present.has(id));
    for (const [id, figures] of gone) this.#last.set(id, withoutGauges(figures));
    for (const [id] of gone.slice(0, -maxApart)) await this.#bury(id);
    return sumOf([this.#past, ...this.#last.values()]).metrics();
  }

  async #bury(id: number): Promise<void> {
    const figures = this.#last.get(id) ?? [];
    this.#last.delete(id);
    this.#past = await sumOf([this.#past, figures]).getMetricsAsJSON();
  }
}

function sumOf(all: readonly (readonly object[])[]): Registry {
  return AggregatorRegistry.aggregate(all as object[]);
}

function withoutGauges(metrics: readonly object[]): readonly object[] {
  return metrics.filter((metric) => (metric as { type?: string }).type !== "gauge");
}
