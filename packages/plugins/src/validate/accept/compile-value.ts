// Compiles the rules of a field's value: of a single one, or of a list or a map and what is in it.
import { type DescField, ScalarType } from "@bufbuild/protobuf";
import type {
  FieldRules,
  MapRules,
  RepeatedRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { type Accept, type AcceptMessages, acceptAll } from "./accept.js";
import {
  type Checks,
  compileElement,
  compileItem,
  type Element,
  isCustom,
} from "./compile-element.js";

/** The checks of what a field holds when it matters; undefined when they are beyond this compiler. */
export function compileValue(field: DescField, rules: FieldRules, find: AcceptMessages): Checks {
  // 64-bit numbers as text: rare enough.
  if ("longAsString" in field && field.longAsString) return undefined;
  if (field.fieldKind === "list") return compileList(field, rules, find);
  if (field.fieldKind === "map") return compileMap(field, rules, find);
  return compileElement({ ...field, kind: field.fieldKind } as Element, rules, find);
}

function compileList(
  field: DescField & { fieldKind: "list" },
  rules: FieldRules,
  find: AcceptMessages,
): Checks {
  const { case: kind, value } = rules.type;
  if (isCustom(rules) || (kind !== undefined && kind !== "repeated")) return undefined;
  const element = { ...field, kind: field.listKind } as Element;
  const each = compileItem(element, value?.items, find);
  const whole = value === undefined ? [] : compileSize(value, element);
  if (each === undefined || whole === undefined) return undefined;
  if (each.length === 0) return whole;
  const accepts = acceptAll(each as readonly Accept<unknown>[]);
  return [...whole, (list: readonly unknown[]) => list.every(accepts)];
}

function compileSize(rules: RepeatedRules, element: Element): Checks {
  const isExact =
    element.kind === "enum" || (element.kind === "scalar" && isDiscrete(element.scalar));
  if (rules.$unknown || (rules.unique && !isExact)) return undefined;
  const { min, max } = toRange(rules, "minItems", "maxItems");
  const size = ({ length }: readonly unknown[]): boolean => length >= min && length <= max;
  const unique = (list: readonly unknown[]): boolean =>
    list.length < 2 || new Set(list).size === list.length;
  return rules.unique ? [size, unique] : [size];
}

/** Whether values are equal when `===` says so. */
function isDiscrete(scalar: ScalarType): boolean {
  return scalar !== ScalarType.BYTES && scalar !== ScalarType.FLOAT && scalar !== ScalarType.DOUBLE;
}

/** What is not set is a default on the prototype (validate.proto is proto2). */
function toRange<R extends object>(
  rules: R | undefined,
  least: keyof R,
  most: keyof R,
): { readonly min: number; readonly max: number } {
  const read = (name: keyof R, otherwise: number): number =>
    rules !== undefined && Object.hasOwn(rules, name) ? Number(rules[name]) : otherwise;
  return { min: read(least, 0), max: read(most, Number.POSITIVE_INFINITY) };
}

function compileMap(
  field: DescField & { fieldKind: "map" },
  rules: FieldRules,
  find: AcceptMessages,
): Checks {
  const { case: kind, value } = rules.type;
  if (isCustom(rules) || (kind !== undefined && kind !== "map")) return undefined;
  if (value?.$unknown) return undefined;
  const keys = compileKeys(field.mapKey, value, find);
  const values = compileItem({ ...field, kind: field.mapKind } as Element, value?.values, find);
  if (keys === undefined || values === undefined) return undefined;
  if (value === undefined && values.length === 0) return [];
  return [toMapCheck(value, keys, values)];
}

/** Objects have keys of text: other kinds would have to be turned back. */
function compileKeys(
  scalar: ScalarType,
  rules: MapRules | undefined,
  find: AcceptMessages,
): Checks {
  if (rules?.keys === undefined) return [];
  if (scalar !== ScalarType.STRING) return undefined;
  return compileItem({ kind: "scalar", scalar }, rules.keys, find);
}

function toMapCheck(
  rules: MapRules | undefined,
  keyChecks: NonNullable<Checks>,
  valueChecks: NonNullable<Checks>,
): Accept<Readonly<Record<string, unknown>>> {
  const { min, max } = toRange(rules, "minPairs", "maxPairs");
  const acceptsKey = acceptAll(keyChecks as readonly Accept<unknown>[]);
  const acceptsValue = acceptAll(valueChecks as readonly Accept<unknown>[]);
  return (map) => {
    const keys = Object.keys(map);
    if (keys.length < min || keys.length > max) return false;
    return keys.every((key) => acceptsKey(key) && acceptsValue(map[key]));
  };
}
