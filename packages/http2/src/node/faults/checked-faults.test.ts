// Faults keep what can be meant, and refuse the rest, at the start and later.
import { expect, it } from "vitest";
import { UsageError } from "../../usage-error.js";
import { createFaults } from "./checked-faults.js";
import type { LaneFaults } from "./lane.js";

it("begins with what is given, and may be changed", () => {
  const given = { delayMs: 5, dropAfterBytes: 0, bytesPerSecond: undefined } as object;
  const faults = createFaults("toServer", given);
  expect({ ...faults }).toEqual({
    delayMs: 5,
    bytesPerSecond: Number.POSITIVE_INFINITY,
    dropAfterBytes: 0,
    resetAfterBytes: Number.POSITIVE_INFINITY,
  });
  faults.bytesPerSecond = 0.5;
  expect(faults.bytesPerSecond).toBe(0.5);
});

it.each<[keyof LaneFaults, unknown]>([
  ["delayMs", -1],
  ["delayMs", Number.NaN],
  ["delayMs", Number.POSITIVE_INFINITY],
  ["bytesPerSecond", 0],
  ["dropAfterBytes", "5"],
  ["resetAfterBytes", null],
])("refuses %s of %s", (name, value) => {
  const text = `toClient.${name} is ${value}; it must be a number`;
  expect(() => createFaults("toClient", { [name]: value })).toThrow(text);
  const faults = createFaults("toClient", undefined);
  expect(() => {
    faults[name] = value as number;
  }).toThrow(UsageError);
});

it("refuses names that are none", () => {
  const faults = { latencyMs: 5 } as Partial<LaneFaults>;
  expect(() => createFaults("toServer", faults)).toThrow("no toServer.latencyMs");
});
