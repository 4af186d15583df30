// The waits between connection attempts: growth, bound, jitter, reset, and options out of range.
import { UsageError } from "@trunkline/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backoff, type BackoffOptions } from "./backoff.js";

describe("Backoff", () => {
  it("grows by 1.6 from 1 s to 120 s", () => {
    const backoff = new Backoff({}, () => 0.5);
    const waits = Array.from({ length: 13 }, () => Math.round(backoff.nextMs()));
    expect(waits.slice(0, 4)).toEqual([1000, 1600, 2560, 4096]);
    expect(waits.slice(-2)).toEqual([120_000, 120_000]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(1000);
  });

  it("stays within the jitter", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 40 }),
        (random, failures) => {
          const backoff = new Backoff({ initialMs: 10, maxMs: 500 }, () => random);
          const plain = new Backoff({ initialMs: 10, maxMs: 500, jitter: 0 });
          for (let i = 0; i < failures; i++) {
            backoff.nextMs();
            plain.nextMs();
          }
          const base = plain.nextMs();
          const wait = backoff.nextMs();
          expect(wait).toBeGreaterThanOrEqual(base * 0.8 - 1e-9);
          expect(wait).toBeLessThanOrEqual(base * 1.2 + 1e-9);
        },
      ),
    );
  });

  it.each<[BackoffOptions, string]>([
    [{ initialMs: 0 }, "initialMs"],
    [{ initialMs: Number.NaN }, "initialMs"],
    [{ multiplier: 0.9 }, "multiplier"],
    [{ jitter: 1.1 }, "jitter"],
    [{ maxMs: 999 }, "maxMs"],
  ])("refuses %j", (options, name) => {
    expect(() => new Backoff(options)).toThrow(UsageError);
    expect(() => new Backoff(options)).toThrow(`backoff.${name}`);
  });
});
