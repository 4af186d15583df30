// Weights from load reports: the formula, the metrics that count, blackout and expiry (gRFC A58, A114).
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { OrcaLoadReportSchema } from "@trunkline/core/orca";
import { FakeClock } from "@trunkline/core/testing";
import { describe, expect, it } from "vitest";
import { EndpointWeight } from "./endpoint-weight.js";
import { parseWeightedRoundRobin } from "./wrr-config.js";

type Report = MessageInitShape<typeof OrcaLoadReportSchema>;

function weigh(report: Report, json: object = {}): number {
  const config = parseWeightedRoundRobin({ blackoutPeriod: "0s", ...json }, "wrr");
  const weight = new EndpointWeight(new FakeClock(1000), config);
  weight.reported(create(OrcaLoadReportSchema, report));
  return weight.valueAt(1000);
}

describe("the weight of an endpoint", () => {
  it.each<[string, Report, object, number]>([
    ["calls a second by CPU", { rpsFractional: 100, cpuUtilization: 0.5 }, {}, 200],
    [
      "what the application says goes before the CPU",
      { rpsFractional: 100, cpuUtilization: 0.5, applicationUtilization: 0.25 },
      {},
      400,
    ],
    ["failed calls count as use", { rpsFractional: 100, cpuUtilization: 0.5, eps: 50 }, {}, 100],
    [
      "as much as the config says",
      { rpsFractional: 100, cpuUtilization: 0.5, eps: 50 },
      { errorUtilizationPenalty: 3 },
      50,
    ],
    [
      "or not at all",
      { rpsFractional: 100, cpuUtilization: 0.5, eps: 50 },
      { errorUtilizationPenalty: 0 },
      200,
    ],
    ["no calls", { rpsFractional: 0, cpuUtilization: 0.5 }, {}, 0],
    ["no utilization", { rpsFractional: 100, eps: 10 }, {}, 0],
    ["NaN", { rpsFractional: 100, cpuUtilization: Number.NaN }, {}, 0],
    ["below 0", { rpsFractional: 100, cpuUtilization: -1 }, {}, 0],
    ["without end", { rpsFractional: Infinity, cpuUtilization: 0.5 }, {}, 0],
    [
      "the highest of the named metrics",
      { rpsFractional: 10, memUtilization: 0.2, namedMetrics: { "queue.depth": 0.5 } },
      { metricNamesForComputingUtilization: ["mem_utilization", "named_metrics.queue.depth"] },
      20,
    ],
    [
      "a named resource",
      { rpsFractional: 10, cpuUtilization: 0.1, utilization: { disk: 1 } },
      { metricNamesForComputingUtilization: ["utilization.disk"] },
      10,
    ],
    [
      "metrics that are missing, NaN or below 0 leave it at the ordinary ones",
      { rpsFractional: 10, cpuUtilization: 0.1, namedMetrics: { a: Number.NaN, b: -1 } },
      {
        metricNamesForComputingUtilization: [
          "named_metrics.a",
          "named_metrics.b",
          "named_metrics.c",
          "request_cost.d",
          "eps",
          "cpu_utilisation",
        ],
      },
      100,
    ],
    [
      "plain fields by name",
      { rpsFractional: 10, cpuUtilization: 0.1, applicationUtilization: 0.2 },
      { metricNamesForComputingUtilization: ["cpu_utilization", "application_utilization"] },
      50,
    ],
  ])("%s", (_, report, json, expected) => {
    expect(weigh(report, json)).toBeCloseTo(expected, 9);
  });
});

describe("the time of a weight", () => {
  const report = create(OrcaLoadReportSchema, { rpsFractional: 100, cpuUtilization: 0.5 });
  const config = parseWeightedRoundRobin(
    { blackoutPeriod: "10s", weightExpirationPeriod: "60s" },
    "wrr",
  );

  function start(): { clock: FakeClock; weight: EndpointWeight; now(): number } {
    const clock = new FakeClock(0);
    const weight = new EndpointWeight(clock, config);
    return { clock, weight, now: () => weight.valueAt(clock.now()) };
  }

  it("counts once reports have come for the blackout period, and after each connection anew", () => {
    const { clock, weight, now } = start();
    weight.reported(report);
    clock.advance(9999);
    weight.reported(report);
    expect(now()).toBe(0);
    clock.advance(1);
    expect(now()).toBe(200);
    weight.connected();
    expect(now()).toBe(0);
    weight.reported(report);
    clock.advance(10_000);
    expect(now()).toBe(200);
  });

  it.each([true, false])("expires, then has to prove itself (somebody looked: %s)", (looks) => {
    const { clock, weight, now } = start();
    weight.reported(report);
    clock.advance(59_999);
    expect(now()).toBe(200);
    clock.advance(1);
    if (looks) expect(now()).toBe(0);
    clock.advance(1);
    weight.reported(report);
    expect(now()).toBe(0);
    clock.advance(10_000);
    expect(now()).toBe(200);
  });
});

describe("the config of weighted_round_robin", () => {
  it("has gRFC A58's defaults", () => {
    expect(parseWeightedRoundRobin({}, "wrr")).toEqual({
      usesOutOfBandReports: false,
      oobReportingPeriodMs: 10_000,
      blackoutPeriodMs: 10_000,
      weightExpirationPeriodMs: 180_000,
      weightUpdatePeriodMs: 1000,
      errorUtilizationPenalty: 1,
      utilizationMetrics: [],
    });
    expect(parseWeightedRoundRobin({ weightUpdatePeriod: "0.01s" }, "wrr")).toMatchObject({
      weightUpdatePeriodMs: 100,
    });
  });

  it.each([
    [{ errorUtilizationPenalty: -1 }, "errorUtilizationPenalty is -1; it must be a number, 0 or"],
    [{ errorUtilizationPenalty: "1" }, 'errorUtilizationPenalty is "1"'],
    [{ enableOobLoadReport: 1 }, "enableOobLoadReport is 1; it must be true or false"],
    [{ blackoutPeriod: 5 }, "blackoutPeriod is 5; it must be seconds as text"],
    [{ metricNamesForComputingUtilization: [1] }, "it must be a list of names of metrics"],
  ])("%j is refused", (json, message) => {
    expect(() => parseWeightedRoundRobin(json, "wrr")).toThrow(message);
  });
});
