// Compiles the rules of numbers of every size, and of what is kept as a number: ranges and lists.
import type {
  EnumRules,
  FieldRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { Accept } from "./accept.js";

/** The rules of one of the twelve types of number. */
export type NumberRules = Extract<
  NonNullable<FieldRules["type"]["value"]>,
  { readonly greaterThan: unknown; readonly in: unknown }
>;

type Numeric = number | bigint;

/** The checks; undefined when there are rules that others have added. */
export function compileNumber(
  rules: NumberRules | EnumRules,
): readonly Accept<Numeric>[] | undefined {
  if (rules.$unknown) return undefined;
  const checks: Accept<Numeric>[] = [];
  const wanted = rules.const as Numeric;
  // What is not set is a default on the prototype (validate.proto is proto2).
  if (Object.hasOwn(rules, "const")) checks.push((value) => value === wanted);
  if ("greaterThan" in rules) checks.push(inRange(rules));
  const [only, never] = [rules.in as readonly Numeric[], rules.notIn as readonly Numeric[]];
  // Not `includes`: no list has NaN.
  if (only.length > 0) checks.push((value) => only.indexOf(value) >= 0);
  if (never.length > 0) checks.push((value) => !never.includes(value));
  if ("finite" in rules && rules.finite) checks.push((value) => Number.isFinite(value));
  return checks;
}

/** A range whose upper bound is below its lower one is what lies outside of the two. NaN is in none. */
function inRange({ greaterThan, lessThan }: NumberRules): Accept<Numeric> {
  const [low, high] = [greaterThan.value as Numeric, lessThan.value as Numeric];
  const isAbove: Accept<Numeric> = greaterThan.case === "gt" ? (it) => it > low : (it) => it >= low;
  const isBelow: Accept<Numeric> = lessThan.case === "lt" ? (it) => it < high : (it) => it <= high;
  if (Number.isNaN(low) || Number.isNaN(high)) return () => false;
  if (greaterThan.case === undefined) return lessThan.case === undefined ? () => true : isBelow;
  if (lessThan.case === undefined) return isAbove;
  return high >= low ? (it) => isAbove(it) && isBelow(it) : (it) => isAbove(it) || isBelow(it);
}
