// Attributes of OTLP as plain values, to be compared in tests.
import type { AnyValue, KeyValue } from "./gen/opentelemetry/proto/common/v1/common_pb.js";

/** What an attribute can hold. */
export type PlainValue = string | number | boolean | PlainValue[] | undefined;

/** Attributes by their names. */
export type PlainAttributes = Record<string, PlainValue>;

/** The attributes of a span, an event or a data point. */
export function toPlain(attributes: readonly KeyValue[]): PlainAttributes {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, toPlainValue(value)]));
}

function toPlainValue(value: AnyValue | undefined): PlainValue {
  const held = value?.value;
  switch (held?.case) {
    case "stringValue":
    case "boolValue":
    case "doubleValue":
      return held.value;
    case "intValue":
      return Number(held.value);
    case "arrayValue":
      return held.value.values.map(toPlainValue);
    default:
      return undefined;
  }
}
