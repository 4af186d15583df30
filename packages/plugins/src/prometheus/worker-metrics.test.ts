// Sums over processes: what stays of those that end.
import { Counter, Gauge, Registry } from "prom-client";
import { expect, test } from "vitest";
import { aggregateMetrics, type WorkerMetrics } from "./worker-metrics.js";

async function worker(id: number, calls: number, open: number): Promise<WorkerMetrics> {
  const registers = [new Registry()];
  const counter = new Counter({ name: "calls_total", help: "h", labelNames: ["m"], registers });
  counter.inc({ m: "a" }, calls);
  new Gauge({ name: "open", help: "h", registers }).set(open);
  return { id, figures: JSON.parse(JSON.stringify(await registers[0]!.getMetricsAsJSON())) };
}

const linesOf = (text: string): string[] =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("counters of workers that have ended stay in the sum, their gauges do not", async () => {
  let present: WorkerMetrics[] = [await worker(1, 5, 1), await worker(2, 7, 1)];
  const registry = aggregateMetrics(() => Promise.resolve(present));
  expect(linesOf(await registry.metrics())).toEqual(['calls_total{m="a"} 12', "open 2"]);
  present = [await worker(2, 8, 1), await worker(3, 1, 4)];
  expect(linesOf(await registry.metrics())).toEqual(['calls_total{m="a"} 14', "open 5"]);
  // One that had not answered in time.
  present.push(await worker(1, 6, 1));
  expect(linesOf(await registry.metrics())).toEqual(['calls_total{m="a"} 15', "open 6"]);
});

test("sums only grow, however many workers come and go", async () => {
  let present: WorkerMetrics[] = [];
  const registry = aggregateMetrics(() => Promise.resolve(present));
  for (let id = 1; id <= 60; id++) {
    present = [await worker(id, 2, 1)];
    expect(linesOf(await registry.metrics())).toEqual([`calls_total{m="a"} ${2 * id}`, "open 1"]);
  }
});
