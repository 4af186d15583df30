// Tells callers that a number among their options is out of its range.
import { describeValue, UsageError } from "@trunkline/core";

/** @throws {UsageError} when the option is no whole number, or below `least`; Infinity passes as "no limit". */
export function checkCount(name: string, value: number, least: number): void {
  if (value === Number.POSITIVE_INFINITY || (Number.isInteger(value) && value >= least)) return;
  throw new UsageError(
    `option ${name} must be a whole number from ${least} on, or Infinity, not ${describeValue(value)}`,
  );
}

/** @throws {UsageError} when the option is no number above 0; Infinity passes where there may be no end. */
export function checkPositive(name: string, value: number): void {
  if (typeof value === "number" && value > 0) return;
  throw new UsageError(`option ${name} must be a number above 0, not ${describeValue(value)}`);
}
