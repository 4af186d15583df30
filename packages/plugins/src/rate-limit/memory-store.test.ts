// Buckets in this process: never more than the rate and the burst, waits that are exact, and nothing gained by made-up keys.
import { UsageError } from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createMemoryStore, MemoryBuckets } from "./memory-store.js";

/** A bucket as simple as can be: what is in it, and when that was looked at last. */
class PlainBucket {
  readonly perToken: number;
  readonly burst: number;
  tokens: number;
  atMs = 0;

  constructor(rate: number, perMs: number, burst: number) {
    this.perToken = perMs / rate;
    this.burst = burst;
    this.tokens = burst;
  }

  take(cost: number, nowMs: number): boolean {
    this.tokens = Math.min(this.burst, this.tokens + (nowMs - this.atMs) / this.perToken);
    this.atMs = nowMs;
    if (this.tokens < cost - 1e-9) return false;
    this.tokens -= cost;
    return true;
  }
}

const shapes = fc.record({
  rate: fc.integer({ min: 1, max: 1000 }),
  perMs: fc.constantFrom(1, 7, 100, 1000, 60_000),
  burst: fc.integer({ min: 1, max: 50 }),
});
const steps = fc.array(
  fc.record({ passMs: fc.integer({ min: 0, max: 500 }), cost: fc.integer({ min: 1, max: 10 }) }),
  { maxLength: 200 },
);

function open(
  shape: { rate: number; perMs: number; burst: number },
  maxKeys = 1000,
  startMs = 1_700_000_000_000,
) {
  const clock = new FakeClock(startMs);
  return { clock, buckets: new MemoryBuckets({ name: "r", ...shape }, maxKeys, clock) };
}

describe("a bucket", () => {
  it("lets in what a plain one would", () => {
    fc.assert(
      fc.property(shapes, steps, (shape, all) => {
        const { clock, buckets } = open(shape);
        const plain = new PlainBucket(shape.rate, shape.perMs, shape.burst);
        let nowMs = 0;
        for (const { passMs, cost } of all) {
          clock.advance(passMs);
          nowMs += passMs;
          const before = plain.tokens;
          const isIn = buckets.take("a", cost) === 0;
          const expected = plain.take(cost, nowMs);
          // At the very edge rounding decides.
          if (Math.abs(before - cost) > 1e-3 && isIn !== expected) {
            expect(Math.abs(plain.tokens - cost)).toBeLessThan(1e-3);
            return;
          }
        }
      }),
    );
  });

  it("never lets in more than burst and rate together, in any stretch of time", () => {
    fc.assert(
      fc.property(shapes, steps, (shape, all) => {
        const { clock, buckets } = open(shape);
        const taken: { atMs: number; cost: number }[] = [];
        let nowMs = 0;
        for (const { passMs, cost } of all) {
          clock.advance(passMs);
          nowMs += passMs;
          if (buckets.take("a", cost) === 0) taken.push({ atMs: nowMs, cost });
        }
        for (let from = 0; from < taken.length; from++) {
          let sum = 0;
          for (let to = from; to < taken.length; to++) {
            sum += taken[to]!.cost;
            const spanMs = taken[to]!.atMs - taken[from]!.atMs;
            expect(sum).toBeLessThanOrEqual(
              shape.burst + (spanMs * shape.rate) / shape.perMs + 1e-3,
            );
          }
        }
      }),
    );
  });

  it("says exactly how long to wait", () => {
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 50 }), (shape, cost) => {
        // Of a time near 0 a clock shows more digits behind the point.
        const { clock, buckets } = open(shape, 1, 0);
        const price = Math.min(cost, shape.burst);
        let waitMs = 0;
        while (waitMs === 0) waitMs = buckets.take("a", price);
        if (waitMs > 0.01) {
          clock.advance(waitMs - 0.005);
          expect(buckets.take("a", price)).toBeGreaterThan(0);
          clock.advance(0.01);
        } else clock.advance(waitMs);
        expect(buckets.take("a", price)).toBe(0);
      }),
    );
  });

  it("takes nothing from those that it refuses, and nothing that is more than it holds", () => {
    const { buckets } = open({ rate: 1, perMs: 1000, burst: 3 });
    expect(buckets.take("a", 4)).toBe(Number.POSITIVE_INFINITY);
    expect(buckets.take("a", 2)).toBe(0);
    expect(buckets.take("a", 2)).toBe(1000);
    expect(buckets.take("a", 2)).toBe(1000);
    expect(buckets.take("a", 1)).toBe(0);
    expect(buckets.take("b", 3)).toBe(0);
  });

  it("gets back what was taken for nothing, and never holds more than its burst", () => {
    const { clock, buckets } = open({ rate: 1, perMs: 1000, burst: 3 });
    expect(buckets.take("a", 3)).toBe(0);
    buckets.giveBack("a", 2);
    expect([buckets.take("a", 2), buckets.take("a", 1)]).toEqual([0, 1000]);
    clock.advance(10_000);
    buckets.giveBack("a", 3);
    expect([buckets.take("a", 3), buckets.take("a", 1)]).toEqual([0, 1000]);
  });

  it("takes a clock that jumps back to stand still", () => {
    const { clock, buckets } = open({ rate: 10, perMs: 1000, burst: 1 });
    const now = clock.now.bind(clock);
    let shiftMs = 0;
    clock.now = () => now() + shiftMs;
    expect(buckets.take("a", 1)).toBe(0);
    shiftMs = -3_600_000;
    expect(buckets.take("a", 1)).toBe(100);
    shiftMs = 100;
    expect(buckets.take("a", 1)).toBe(0);
    shiftMs = 3_600_000;
    expect([buckets.take("a", 1), buckets.take("a", 1)]).toEqual([0, 100]);
  });
});

describe("many keys", () => {
  it("have a bucket each", () => {
    const { buckets } = open({ rate: 1, perMs: 1000, burst: 2 }, 5000);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 1000; i++) expect(buckets.take(`k${i}`, 1) === 0).toBe(round < 2);
    }
  });

  it("are forgotten when their buckets are full again", () => {
    const { clock, buckets } = open({ rate: 100, perMs: 1000, burst: 1 });
    let most = 0;
    for (let i = 0; i < 20_000; i++) {
      clock.advance(1);
      expect(buckets.take(`k${i}`, 1)).toBe(0);
      most = Math.max(most, buckets.size);
    }
    expect(most).toBeLessThan(50);
  });

  it("that are made up take no room above the bound, and reset nobody's bucket", () => {
    const { clock, buckets } = open({ rate: 1, perMs: 60_000, burst: 2 }, 100);
    expect([buckets.take("me", 2), buckets.take("me", 1)]).toEqual([0, 60_000]);
    for (let i = 0; i < 50_000; i++) buckets.take(`made-up-${i}`, 1);
    expect(buckets.size).toBe(100);
    expect(buckets.take("me", 1)).toBe(60_000);
    clock.advance(60_000);
    expect([buckets.take("me", 1), buckets.take("me", 1)]).toEqual([0, 60_000]);
  });

  it("for which there is no room are limited together, and have their own when there is", () => {
    const { clock, buckets } = open({ rate: 1, perMs: 1000, burst: 1 }, 1);
    expect(buckets.take("first", 1)).toBe(0);
    let admitted = 0;
    for (let i = 0; i < 10_000; i++) if (buckets.take(`late-${i}`, 1) === 0) admitted++;
    expect(admitted).toBeGreaterThan(900);
    expect(admitted).toBeLessThanOrEqual(1024);
    expect(buckets.take("late-1", 1)).toBeGreaterThan(0);
    buckets.giveBack("late-1", 1);
    expect(buckets.take("late-1", 1)).toBe(0);
    clock.advance(1000);
    expect(buckets.take("own", 1)).toBe(0);
    expect(buckets.size).toBe(1);
  });

  it.each([0, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("%s of them is no bound", (maxKeys) =>
    expect(() => createMemoryStore({ maxKeys })).toThrow(UsageError),
  );
});
