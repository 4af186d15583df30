// The retry budget: a share of the calls, a reserve, and a window that moves on.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryBudget } from "./retry-budget.js";

function withdrawAll(budget: RetryBudget, nowMs: number): number {
  let count = 0;
  while (count < 1000 && budget.withdraw(nowMs)) count++;
  return count;
}

describe("RetryBudget", () => {
  it("allows a share of the calls and the reserve", () => {
    const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 1, windowMs: 10_000 });
    expect(withdrawAll(budget, 5)).toBe(10);
    for (let i = 0; i < 20; i++) budget.callStarted(5);
    expect(withdrawAll(budget, 5)).toBe(4);
  });

  it("forgets what is older than its window", () => {
    const budget = new RetryBudget({ ratio: 1, minPerSecond: 0, windowMs: 10_000 });
    budget.callStarted(0);
    expect(withdrawAll(budget, 9_999)).toBe(1);
    budget.callStarted(10_000);
    expect(budget.withdraw(10_000)).toBe(false);
    expect(withdrawAll(budget, 19_000)).toBe(1);
    expect(withdrawAll(budget, 1e9)).toBe(0);
  });

  it("never allows more than its share in any window", () => {
    const step = fc.record({ afterMs: fc.nat(3000), isCall: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0, windowMs: 5000 });
        const [calls, retries]: [number[], number[]] = [[], []];
        let nowMs = 0;
        for (const { afterMs, isCall } of steps) {
          nowMs += afterMs;
          if (isCall) {
            calls.push(nowMs);
            budget.callStarted(nowMs);
          } else if (budget.withdraw(nowMs)) {
            retries.push(nowMs);
            const since = (times: number[], ms: number): number =>
              times.filter((at) => at > nowMs - ms).length;
            // A slot is 500 ms: what is younger than nine of them counts for certain, older than ten does not.
            expect(since(retries, 4500)).toBeLessThanOrEqual(0.5 * since(calls, 5001));
          }
        }
      }),
    );
  });
});
