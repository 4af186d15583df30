// The token bucket: its arithmetic, its threshold, and what a new config does to it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RetryThrottle, throttleFor } from "./throttle.js";

describe("RetryThrottle", () => {
  it("is open above half of its tokens, and exact in thousandths", () => {
    const throttle = new RetryThrottle({ maxTokens: 10, tokenRatio: 0.1 });
    for (let i = 0; i < 4; i++) throttle.failed();
    expect([throttle.tokens, throttle.isOpen]).toEqual([6, true]);
    throttle.failed();
    expect([throttle.tokens, throttle.isOpen]).toEqual([5, false]);
    throttle.succeeded();
    expect([throttle.tokens, throttle.isOpen]).toEqual([5.1, true]);
    for (let i = 0; i < 1000; i++) throttle.succeeded();
    expect(throttle.tokens).toBe(10);
    for (let i = 0; i < 1000; i++) throttle.failed();
    expect(throttle.tokens).toBe(0);
  });

  it("stays within its bounds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.array(fc.boolean()), (maxTokens, ends) => {
        const throttle = new RetryThrottle({ maxTokens, tokenRatio: 0.333 });
        for (const isGood of ends) isGood ? throttle.succeeded() : throttle.failed();
        expect(throttle.fill).toBeGreaterThanOrEqual(0);
        expect(throttle.fill).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe("throttleFor", () => {
  it("keeps the bucket while the figures are the same, and its fill when they change", () => {
    const first = throttleFor({ maxTokens: 10, tokenRatio: 0.1 }, undefined);
    for (let i = 0; i < 5; i++) first?.failed();
    expect(throttleFor({ maxTokens: 10, tokenRatio: 0.1 }, first)).toBe(first);
    expect(throttleFor({ maxTokens: 100, tokenRatio: 0.1 }, first)?.tokens).toBe(50);
    expect(throttleFor(undefined, first)).toBeUndefined();
  });
});
