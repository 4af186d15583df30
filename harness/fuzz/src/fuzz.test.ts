// The fuzzer itself: named cases, a few hundred seeds with every test run, and that it would notice.
import { describe, expect, test } from "vitest";
import { runHpack } from "./hpack.js";
import { namedCases } from "./named-cases.js";
import { runScenario } from "./run-scenario.js";
import { createScenario } from "./scenario.js";
import { formatScenario, parseScenario, shrink } from "./shrink.js";

test.each([
  ["a quiet connection", formatScenario({ role: "server", limits: {}, steps: [] })],
  ...namedCases,
])("%s", (_name, scenario) => {
  expect(runScenario(parseScenario(scenario))).toEqual([]);
});

test("300 seeds", () => {
  for (let seed = 1; seed <= 300; seed++) {
    expect(runScenario(createScenario(seed)), `seed ${seed}`).toEqual([]);
    expect(runHpack(seed), `seed ${seed}`).toEqual([]);
  }
});

describe("tools", () => {
  test("a seed makes the same scenario again, and its text the same, too", () => {
    const scenario = createScenario(7);
    expect(createScenario(7)).toEqual(scenario);
    expect(parseScenario(formatScenario(scenario))).toEqual(scenario);
  });

  test("shrinking keeps what matters", () => {
    const scenario = createScenario(11);
    const wanted = scenario.steps[9];
    const small = shrink(scenario, ({ steps }) => steps.includes(wanted!));
    expect(small.steps).toEqual([wanted]);
  });
});
