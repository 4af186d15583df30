// Compiles the rules of text: its length, what it begins with, its pattern, and the commonest forms.
import { isFieldSet } from "@bufbuild/protobuf";
import {
  type StringRules,
  StringRulesSchema,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import type { Accept } from "./accept.js";
import { compilePattern } from "./compile-pattern.js";

type Compile = (rules: StringRules) => Accept<string> | undefined;

const emailLabel = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?";
// As browsers have it (https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address), which the rule refers to.
const email = new RegExp(`^[\\w.!#$%&'*+/=?^\`{|}~-]+@${emailLabel}(?:\\.${emailLabel})*$`);
const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i;
const trimmedUuid = /^[\da-f]{32}$/i;

/** By the names of the rules; those that are not here are left to protovalidate. */
const compilers: Readonly<Record<string, Compile>> = {
  const: (rules) => (value) => value === rules.const,
  len: ({ len }) => hasLength(Number(len), Number(len)),
  minLen: ({ minLen }) => hasLength(Number(minLen), Number.POSITIVE_INFINITY),
  maxLen: ({ maxLen }) => hasLength(0, Number(maxLen)),
  pattern: ({ pattern }) => compilePattern(pattern),
  prefix:
    ({ prefix }) =>
    (value) =>
      value.startsWith(prefix),
  suffix:
    ({ suffix }) =>
    (value) =>
      value.endsWith(suffix),
  contains:
    ({ contains }) =>
    (value) =>
      value.includes(contains),
  notContains:
    ({ notContains }) =>
    (value) =>
      !value.includes(notContains),
  in:
    ({ in: list }) =>
    (value) =>
      list.includes(value),
  notIn:
    ({ notIn: list }) =>
    (value) =>
      !list.includes(value),
  email: ({ wellKnown }) => (wellKnown.value ? (value) => email.test(value) : () => true),
  uuid: ({ wellKnown }) => (wellKnown.value ? (value) => uuid.test(value) : () => true),
  tuuid: ({ wellKnown }) => (wellKnown.value ? (value) => trimmedUuid.test(value) : () => true),
  example: () => () => true,
};

/** The checks; undefined when a rule is not among those above. */
export function compileString(rules: StringRules): readonly Accept<string>[] | undefined {
  if (rules.$unknown) return undefined;
  const checks: Accept<string>[] = [];
  for (const field of StringRulesSchema.fields) {
    if (!isFieldSet(rules, field)) continue;
    const check = compilers[field.localName]?.(rules);
    if (check === undefined) return undefined;
    checks.push(check);
  }
  return checks;
}

/** Lengths are those in code points. A string has at most as many as it has units, and at least half as many. */
function hasLength(min: number, max: number): Accept<string> {
  return (value) => {
    const { length } = value;
    if (length < min || length > 2 * max) return false;
    if (length >= 2 * min && length <= max) return true;
    const points = countCodePoints(value);
    return points >= min && points <= max;
  };
}

function countCodePoints(value: string): number {
  let count = 0;
  for (let at = 0; at < value.length; count++) at += value.codePointAt(at)! > 0xffff ? 2 : 1;
  return count;
}
