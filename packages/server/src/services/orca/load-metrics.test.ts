// What becomes of recorded metrics in a load report, and which values are refused.
import { describe, expect, it } from "vitest";
import { type LoadMetrics, MetricSet, ServerLoad } from "./load-metrics.js";

describe("MetricSet", () => {
  it("is no report while it is empty, and reports what was set last", () => {
    const set = new MetricSet();
    expect(set.toReport()).toBeUndefined();
    set.set({ cpuUtilization: 0.5, qps: 10, namedMetrics: { a: 1, b: 2 } });
    set.set({ cpuUtilization: 0.6, namedMetrics: { b: undefined, c: -3 } });
    expect(set.toReport()).toMatchObject({
      cpuUtilization: 0.6,
      memUtilization: 0,
      rpsFractional: 10,
      namedMetrics: { a: 1, c: -3 },
      utilization: {},
    });
    set.set({ qps: undefined });
    expect(set.toReport()?.rpsFractional).toBe(0);
    set.clear();
    expect(set.toReport()).toBeUndefined();
  });

  it("goes before other metrics, one by one", () => {
    const [own, others] = [new MetricSet(), new MetricSet()];
    own.set({ cpuUtilization: 0, requestCost: { rows: 3 }, utilization: { disk: 0.1 } });
    others.set({ cpuUtilization: 0.9, eps: 2, utilization: { disk: 0.7, net: 0.2 } });
    expect(own.toReport(others)).toMatchObject({
      cpuUtilization: 0,
      eps: 2,
      utilization: { disk: 0.1, net: 0.2 },
      requestCost: { rows: 3 },
    });
  });
});

describe("metrics that are refused", () => {
  it.each<[LoadMetrics, string]>([
    [{ cpuUtilization: -0.1 }, "metric cpuUtilization is -0.1; it must be a number from 0"],
    [{ memUtilization: 1.1 }, "metric memUtilization is 1.1; it must be a number from 0 to 1"],
    [{ qps: Number.NaN }, "metric qps is NaN; it must be a number from 0"],
    [{ eps: Infinity }, "metric eps is Infinity; it must be a number from 0"],
    [{ utilization: { disk: 2 } }, "metric utilization.disk is 2; it must be a number from 0 to 1"],
    [
      { namedMetrics: { a: "1" as unknown as number } },
      'metric namedMetrics.a is "1"; it must be a number',
    ],
  ])("%j", (metrics, message) => {
    const load = new ServerLoad({ cpuUtilization: 0.5 });
    expect(() => load.set({ cpuUtilization: 0.7, ...metrics })).toThrow(message);
    expect(load.metrics.toReport()?.cpuUtilization).toBe(0.5);
  });
});
