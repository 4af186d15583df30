// The grpc-timeout field: tables, and both ways for any timeout.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../status/usage-error.js";
import { formatTimeout, parseTimeout } from "./grpc-timeout.js";

const dayMs = 86_400_000;

describe("formatTimeout", () => {
  it.each([
    [1, "1000000n"],
    [1.1, "1100000n"],
    [0.1, "100000n"],
    [99.999999, "99999999n"],
    [100, "100000u"],
    [500, "500000u"],
    [1500.5, "1500500u"],
    [99_999.999, "99999999u"],
    [100_000, "100000m"],
    [99_999_999, "99999999m"],
    // Rounded up: the server must not give up first.
    [100_000_000, "100000S"],
    [100_000_001, "100001S"],
    [200_000_000, "200000S"],
    [0.0000001, "1n"],
    [100.0000001, "100001u"],
    [30 * dayMs, "2592000S"],
    [365 * dayMs, "31536000S"],
    [99_999_999_000, "99999999S"],
    [100_000_000_000, "1666667M"],
    [99_999_999 * 60_000, "99999999M"],
    [100_000_000 * 60_000, "1666667H"],
    [Number.MAX_SAFE_INTEGER, "99999999H"],
    [Number.POSITIVE_INFINITY, "99999999H"],
    // The field knows positive values only.
    [0, "1n"],
    [-5, "1n"],
    [Number.NEGATIVE_INFINITY, "1n"],
    [Number.MIN_VALUE, "1n"],
  ])("%d ms is %s", (timeoutMs, text) => {
    expect(formatTimeout(timeoutMs)).toBe(text);
  });

  it("refuses NaN", () => {
    expect(() => formatTimeout(Number.NaN)).toThrow(UsageError);
  });
});

describe("parseTimeout", () => {
  it.each([
    ["1H", 3_600_000],
    ["597H", 597 * 3_600_000],
    ["1000H", 3_600_000_000],
    ["99999999H", 359_999_996_400_000],
    ["99999999M", 5_999_999_940_000],
    ["2592000S", 30 * dayMs],
    ["5S", 5_000],
    ["500m", 500],
    ["1500u", 1.5],
    ["1n", 0.000001],
    ["0n", 0],
    ["0S", 0],
    ["00000005S", 5_000],
  ])("%s is %d ms", (text, timeoutMs) => {
    expect(parseTimeout(text)).toBe(timeoutMs);
  });

  it.each([
    "",
    "S",
    "5",
    "123456789S",
    "000000005S",
    "-5S",
    "+5S",
    "5.5S",
    "1e3S",
    " 5S",
    "5S ",
    "5 S",
    "abc5S",
    "5Sxyz",
    "5s",
    "5h",
    "5x",
    "0x5S",
    "５S",
    "5\u0000",
    "1n,2n",
  ])("refuses %j", (text) => {
    expect(parseTimeout(text)).toBeUndefined();
  });
});

describe("grpc-timeout", () => {
  it("never shortens a timeout, lengthens it by less than its unit, and takes 8 digits at most", () => {
    const timeouts = fc.double({ min: 1e-6, max: 3.5e14, noNaN: true });
    fc.assert(
      fc.property(timeouts, (timeoutMs) => {
        const text = formatTimeout(timeoutMs);
        expect(text).toMatch(/^[1-9][0-9]{0,7}[HMSmun]$/);
        const parsed = parseTimeout(text)!;
        expect(parsed).toBeGreaterThanOrEqual(timeoutMs);
        // The finest unit that fits has at least 1,666,667 of itself, or is the nanosecond.
        expect(parsed - timeoutMs).toBeLessThanOrEqual(Math.max(timeoutMs / 9_999, 1e-6));
      }),
      { numRuns: 1000 },
    );
  });

  it("whole milliseconds below a day come back exactly", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_999_999 }), (timeoutMs) => {
        expect(parseTimeout(formatTimeout(timeoutMs))).toBe(timeoutMs);
      }),
    );
  });
});
