// Compiles the rules of a single value: a scalar, an enum or a message, be it that of a field or one of many in it.
import { type DescEnum, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { scalarEquals, scalarZeroValue } from "@bufbuild/protobuf/reflect";
import {
  type BoolRules,
  type EnumRules,
  type FieldRules,
  Ignore,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { hasRules } from "../has-rules.js";
import { type Accept, type AcceptMessages, acceptAll } from "./accept.js";
import { compileNumber } from "./compile-number.js";
import { compileString } from "./compile-string.js";

/** The checks of a value, in which their compilers agree with the field about its type; undefined: beyond the compiler. */
export type Checks = readonly Accept<never>[] | undefined;

/** A single value. */
export type Element =
  | { readonly kind: "scalar"; readonly scalar: ScalarType }
  | { readonly kind: "enum"; readonly enum: DescEnum }
  | { readonly kind: "message"; readonly message: DescMessage };

/** Whether there are rules in CEL, or such as others have added. */
export function isCustom(rules: FieldRules): boolean {
  return rules.cel.length + rules.celExpression.length > 0 || rules.$unknown !== undefined;
}

/** The checks of a value whose rules hold for it. */
export function compileElement(
  element: Element,
  rules: FieldRules | undefined,
  find: AcceptMessages,
): Checks {
  if (rules !== undefined && isCustom(rules)) return undefined;
  if (element.kind === "message") return compileNested(element.message, rules, find);
  return rules === undefined ? [] : compileType(element, rules.type);
}

/** The checks of one of many values; such may be left alone when they are empty, or always. */
export function compileItem(
  element: Element,
  rules: FieldRules | undefined,
  find: AcceptMessages,
): Checks {
  if (rules?.ignore === Ignore.ALWAYS) return [];
  const checks = compileElement(element, rules, find);
  if (rules?.ignore !== Ignore.IF_ZERO_VALUE || !checks?.length) return checks;
  if (element.kind === "message") return checks;
  const accepts = acceptAll(checks as readonly Accept<unknown>[]);
  const [scalar, zero] =
    element.kind === "enum"
      ? [ScalarType.INT32, element.enum.values[0]!.number]
      : [element.scalar, scalarZeroValue(element.scalar, false)];
  return [(value) => scalarEquals(scalar, zero, value) || accepts(value)];
}

function compileNested(
  schema: DescMessage,
  rules: FieldRules | undefined,
  find: AcceptMessages,
): Checks {
  // Those of timestamps, durations, wrappers and the like.
  if (rules?.type.case !== undefined) return undefined;
  if (!hasRules(schema)) return [];
  const accepts = find(schema);
  return accepts && [(value: Message) => accepts(value)];
}

function compileType(element: Element, { case: kind, value }: FieldRules["type"]): Checks {
  switch (kind) {
    case undefined:
      return [];
    case "string":
      return compileString(value);
    case "enum":
      return element.kind === "enum" ? compileEnum(element.enum, value) : undefined;
    case "bool":
      return compileBool(value);
    case "bytes":
    case "repeated":
    case "map":
    case "any":
    case "duration":
    case "timestamp":
    case "fieldMask":
      return undefined;
    default:
      return compileNumber(value);
  }
}

function compileBool(rules: BoolRules): Checks {
  if (rules.$unknown) return undefined;
  return Object.hasOwn(rules, "const") ? [(value: boolean) => value === rules.const] : [];
}

function compileEnum(desc: DescEnum, rules: EnumRules): Checks {
  const checks = compileNumber(rules);
  if (!rules.definedOnly) return checks;
  return checks && [...checks, (value: number) => desc.value[value] !== undefined];
}
