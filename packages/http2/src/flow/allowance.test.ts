// Allowances: a burst at once, then so many a second, and nothing saved up beyond the burst.
import { expect, test } from "vitest";
import { isOverdrawn, takeAllowance } from "./allowance.js";

function takenUntilOverdrawn(burst: number, perSecond: number, everyMs: number): number {
  let paidUpMs = 0;
  for (let count = 1; count <= 1_000_000; count++) {
    const nowMs = 5000 + count * everyMs;
    paidUpMs = takeAllowance(paidUpMs, nowMs, perSecond);
    if (isOverdrawn(paidUpMs, nowMs, burst, perSecond)) return count;
  }
  return Number.POSITIVE_INFINITY;
}

test.each([
  [100, 10, 0, 101],
  [1000, 33, 0, 1001],
  [10_000, 330, 0, 10_001],
  [0, 10, 0, 1],
  [100, 10, 100, Number.POSITIVE_INFINITY],
  [100, 10, 50, 200],
  [Number.POSITIVE_INFINITY, 10, 0, Number.POSITIVE_INFINITY],
  [0, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY],
])(
  "%d at once and %d a second, one each %d ms: the %dth is too many",
  (burst, perSecond, everyMs, last) => {
    expect(takenUntilOverdrawn(burst, perSecond, everyMs)).toBe(last);
  },
);

test("a long silence is not saved up", () => {
  let paidUpMs = takeAllowance(0, 0, 10);
  for (let i = 0; i < 11; i++) paidUpMs = takeAllowance(paidUpMs, 1_000_000, 10);
  expect(isOverdrawn(paidUpMs, 1_000_000, 10, 10)).toBe(true);
});
