// The arithmetic of the benchmark: medians, ratios, and what is read from h2load.
import { describe, expect, it } from "vitest";
import type { BenchCase } from "../cases/bench-case.js";
import { parseRate } from "./h2load.js";
import { type Entrant, measureRounds, median, medianFigures } from "./measurement.js";
import { type CaseResult, formatJson, ratioTo } from "./report.js";

const bench = (better: "higher" | "lower"): BenchCase => ({
  name: "some-case",
  title: "Some case",
  unit: "calls/s",
  better,
  entrants: () => [],
});

const result = (better: "higher" | "lower"): CaseResult => ({
  bench: bench(better),
  ours: { value: 200, cpuUs: 4 },
  rivals: new Map([["rival", { value: 50, cpuUs: 16 }]]),
});

describe("median", () => {
  it.each([
    [[], undefined],
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
  ])("of %j is %s", (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it("is taken of each figure by itself", () => {
    const rounds = [
      { value: 1, cpuUs: 30 },
      { value: 3, cpuUs: 10 },
      { value: 2, cpuUs: 20 },
    ];
    expect(medianFigures(rounds)).toEqual({ value: 2, cpuUs: 20 });
  });
});

describe("measureRounds", () => {
  it("lets every entrant have its turn in each round", async () => {
    const turns: string[] = [];
    const entrant = (name: string): Entrant => ({
      name,
      measure: async () => {
        turns.push(name);
        return { value: turns.length };
      },
    });
    const figures = await measureRounds([entrant("a"), entrant("b")], 3, () => {});
    expect(turns).toEqual(["a", "b", "a", "b", "a", "b"]);
    expect(figures.get("a")).toEqual({ value: 3 });
    expect(figures.get("b")).toEqual({ value: 4 });
  });
});

describe("ratioTo", () => {
  it.each([
    ["higher", 4],
    ["lower", 0.25],
  ] as const)("says how many times better we are when %s is better", (better, expected) => {
    const given = result(better);
    expect(ratioTo(given, given.rivals.get("rival") ?? { value: 0 })).toBe(expected);
  });
});

describe("formatJson", () => {
  it("prints one object with our figure, each rival's, and the ratios", () => {
    expect(JSON.parse(formatJson(result("higher")))).toMatchObject({
      case: "some-case",
      unit: "calls/s",
      ours: 200,
      rivals: { rival: 50 },
      ratios: { rival: 4 },
      cpuUs: { trunkline: 4, rival: 16 },
    });
  });
});

describe("parseRate", () => {
  const text = (failed: number, notOk: number) =>
    `finished in 2.00s, 12345.50 req/s, 1MB/s
requests: 24691 total, 24691 started, 24691 done, 24691 succeeded, ${failed} failed, 0 errored, 0 timeout
status codes: 24691 2xx, 0 3xx, ${notOk} 4xx, 0 5xx`;

  it("reads the rate", () => {
    expect(parseRate(text(0, 0))).toBe(12345.5);
  });

  it.each([
    ["a failed request", text(1, 0)],
    ["a status that is not 2xx", text(0, 1)],
    ["no summary", "connection refused"],
  ])("throws on %s", (_what, printed) => {
    expect(() => parseRate(printed)).toThrow(/h2load/);
  });
});
