// What follows a failed attempt: a table of single reasons, and random histories against the rules of gRFC A6.
import { Code } from "@trunkline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RetryPolicy } from "../service-config/service-config.js";
import { RetryBudget } from "./retry-budget.js";
import {
  backoffMs,
  decideRetry,
  type FailedAttempt,
  type RetryGround,
  type RetryProgress,
} from "./retry-decision.js";
import { RetryThrottle } from "./throttle.js";

const policy: RetryPolicy = {
  maxAttempts: 4,
  initialBackoffMs: 100,
  maxBackoffMs: 1000,
  backoffMultiplier: 2,
  retryableCodes: new Set([Code.UNAVAILABLE]),
  perAttemptTimeoutMs: Infinity,
};
const ground: RetryGround = {
  policy,
  maxAttempts: 4,
  throttle: undefined,
  budget: undefined,
  random: () => 0.5,
};
const failed: FailedAttempt = {
  code: Code.UNAVAILABLE,
  isTimeout: false,
  pushbackMs: undefined,
  leastDelayMs: 0,
};
const progress: RetryProgress = { attempts: 1, backoffs: 0, remainingMs: Infinity, nowMs: 0 };

function emptyThrottle(): RetryThrottle {
  const throttle = new RetryThrottle({ maxTokens: 2, tokenRatio: 0.1 });
  throttle.failed();
  return throttle;
}

const spent = new RetryBudget({ ratio: 0, minPerSecond: 0, windowMs: 1000 });

describe("decideRetry", () => {
  it.each<[string, Partial<RetryGround>, Partial<FailedAttempt>, Partial<RetryProgress>, unknown]>([
    ["the first backoff", {}, {}, {}, 100],
    ["the third", {}, {}, { attempts: 3, backoffs: 2 }, 400],
    ["pushback", {}, { pushbackMs: 7 }, {}, 7],
    ["pushback before RetryInfo", {}, { pushbackMs: 7, leastDelayMs: 900 }, {}, 7],
    ["RetryInfo above the backoff", {}, { leastDelayMs: 900 }, {}, 900],
    ["RetryInfo below it", {}, { leastDelayMs: 9 }, {}, 100],
    ["a time limit, whatever the codes", {}, { code: 4, isTimeout: true }, {}, 100],
    ["just before the deadline", {}, {}, { remainingMs: 101 }, 100],
    [
      "at the deadline",
      {},
      {},
      { remainingMs: 100 },
      /would come in 100 ms, and the deadline is in 100/,
    ],
    ["another code", {}, { code: 5 }, {}, undefined],
    ["another code, later", {}, { code: 5 }, { attempts: 2 }, "NOT_FOUND is not retried"],
    ["another code with pushback", {}, { code: 5, pushbackMs: 1 }, {}, undefined],
    ["pushback: none", {}, { pushbackMs: Infinity }, {}, /said not to retry/],
    ["the last attempt", {}, {}, { attempts: 4 }, "4 attempts are the most"],
    ["the last attempt with pushback", {}, { pushbackMs: 1 }, { attempts: 4 }, /are the most/],
    ["throttled", { throttle: emptyThrottle() }, {}, {}, /throttled: 0 of 2 tokens/],
    ["no budget", { budget: spent }, {}, {}, /budget is used up/],
  ])("%s", (_name, ofGround, ofFailure, ofProgress, expected) => {
    const decision = decideRetry(
      { ...ground, ...ofGround },
      { ...failed, ...ofFailure },
      { ...progress, ...ofProgress },
    );
    if (typeof expected === "number") {
      expect(decision.delayMs).toBe(expected);
    } else if (expected instanceof RegExp) {
      expect(decision).toEqual({ delayMs: undefined, why: expect.stringMatching(expected) });
    } else {
      expect(decision).toEqual({ delayMs: undefined, why: expected });
    }
  });

  it("never makes more attempts than allowed, waits past the deadline, or retries while throttled", () => {
    const failure = fc.record({
      code: fc.constantFrom(Code.UNAVAILABLE, Code.INTERNAL, Code.ABORTED),
      isTimeout: fc.boolean(),
      pushbackMs: fc.option(fc.constantFrom(0, 5, 5000, Infinity), { nil: undefined }),
      leastDelayMs: fc.nat(3000),
    });
    fc.assert(
      fc.property(
        fc.array(failure, { maxLength: 12 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(20_000),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined }),
        (failures, maxAttempts, deadlineMs, random, maxTokens) => {
          const throttle = maxTokens
            ? new RetryThrottle({ maxTokens, tokenRatio: 0.1 })
            : undefined;
          const here = { ...ground, maxAttempts, throttle, random: () => random };
          let [attempts, backoffs, nowMs] = [1, 0, 0];
          for (const one of failures) {
            const remainingMs = deadlineMs - nowMs;
            const decision = decideRetry(here, one, { attempts, backoffs, remainingMs, nowMs });
            if (decision.delayMs === undefined) return;
            expect(attempts).toBeLessThan(maxAttempts);
            expect(decision.delayMs).toBeLessThan(remainingMs);
            expect(one.code === Code.UNAVAILABLE || one.isTimeout).toBe(true);
            expect(one.pushbackMs).not.toBe(Infinity);
            expect(throttle?.isOpen ?? true).toBe(true);
            expect(decision.isPushback).toBe(one.pushbackMs !== undefined);
            backoffs = decision.isPushback ? 0 : backoffs + 1;
            nowMs += decision.delayMs;
            attempts += 1;
          }
        },
      ),
    );
  });

  it("backoffs lie within 20 % of the exponential curve, and of its limit", () => {
    const curve = fc.record({
      initialBackoffMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      maxBackoffMs: fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      backoffMultiplier: fc.double({ min: 0.001, max: 100, noNaN: true }),
    });
    fc.assert(
      fc.property(
        curve,
        fc.nat(200),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (of, n, random) => {
          const { initialBackoffMs, maxBackoffMs, backoffMultiplier } = of;
          const base = Math.min(initialBackoffMs * backoffMultiplier ** n, maxBackoffMs);
          const ms = backoffMs({ ...policy, ...of }, n, random);
          expect(ms).toBeGreaterThanOrEqual(base * 0.8 - 1e-9);
          expect(ms).toBeLessThanOrEqual(base * 1.2 + 1e-9);
        },
      ),
    );
  });
});
