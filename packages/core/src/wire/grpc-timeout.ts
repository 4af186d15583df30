// The grpc-timeout field: at most eight digits and a unit, both ways exact.
import { UsageError } from "../status/usage-error.js";

// PROTOCOL-HTTP2.md "Timeout": TimeoutValue is at most 8 digits.
const maxValue = 99_999_999;

interface Unit {
  readonly letter: string;
  /** Units in a millisecond; 1 for the units that are longer. */
  readonly perMs: number;
  /** Milliseconds in a unit; 1 for the units that are shorter. */
  readonly ms: number;
}

// Finest first. Two integers rather than one fraction, so that no rounding error creeps in.
const units: readonly Unit[] = [
  { letter: "n", perMs: 1_000_000, ms: 1 },
  { letter: "u", perMs: 1_000, ms: 1 },
  { letter: "m", perMs: 1, ms: 1 },
  { letter: "S", perMs: 1, ms: 1_000 },
  { letter: "M", perMs: 1, ms: 60_000 },
  { letter: "H", perMs: 1, ms: 3_600_000 },
];

/**
 * Formats a timeout for the `grpc-timeout` field in the finest unit that takes at most eight digits,
 * rounded up, so that the server never gives up before the client.
 * @param timeoutMs in milliseconds, fractions allowed. Zero and less become `1n`, for the field knows
 * positive values only: better fail such a call at once. More than 99,999,999 hours is clamped to that.
 * @throws {UsageError} when `timeoutMs` is NaN.
 */
export function formatTimeout(timeoutMs: number): string {
  if (Number.isNaN(timeoutMs)) {
    throw new UsageError("grpc-timeout cannot be formatted: the timeout is NaN milliseconds");
  }
  if (timeoutMs <= 0) {
    return "1n";
  }
  for (const unit of units) {
    const value = countUp(timeoutMs, unit);
    if (value <= maxValue) {
      return value + unit.letter;
    }
  }
  return `${maxValue}H`;
}

/** The least whole number of units that is no shorter than `timeoutMs`. */
function countUp(timeoutMs: number, unit: Unit): number {
  const nearest = Math.round((timeoutMs * unit.perMs) / unit.ms);
  // Not Math.ceil: 1.1 ms is 1100000.0000000002 ns in floating point, and must not become one more.
  return (nearest * unit.ms) / unit.perMs >= timeoutMs ? nearest : nearest + 1;
}

/**
 * Parses a `grpc-timeout` field.
 * @returns milliseconds, with fractions where the unit is finer, 0 to about 3.6e14 (11,000 years); or
 * undefined when the text is anything but one to eight digits and one of the units H M S m u n.
 */
export function parseTimeout(text: string): number | undefined {
  const digits = text.length - 1;
  if (digits < 1 || digits > 8) {
    return undefined;
  }
  let value = 0;
  for (let i = 0; i < digits; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit < 0 || digit > 9) {
      return undefined;
    }
    value = value * 10 + digit;
  }
  const unit = findUnit(text.charCodeAt(digits));
  return unit && (value * unit.ms) / unit.perMs;
}

function findUnit(letter: number): Unit | undefined {
  for (const unit of units) {
    if (unit.letter.charCodeAt(0) === letter) {
      return unit;
    }
  }
  return undefined;
}
