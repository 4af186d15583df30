// google.protobuf.Struct to and from the JSON object that stands for it in a message field.
import type { Loose } from "../plan/message-code.js";

interface ValueMessage {
  $typeName: string;
  kind: { case: string | undefined; value?: unknown };
}

/** Sets an own property, also one named `__proto__`. */
export function setOwn(target: Loose, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    target[key] = value;
  }
}

/** The Struct message for a JSON object; anything else makes an empty Struct. */
export function toStruct(json: unknown): Loose {
  const fields: Loose = {};
  if (typeof json === "object" && json !== null && !Array.isArray(json)) {
    for (const key of Object.keys(json)) {
      setOwn(fields, key, toValue((json as Loose)[key]));
    }
  }
  return { $typeName: "google.protobuf.Struct", fields };
}

function toValue(json: unknown): ValueMessage {
  return { $typeName: "google.protobuf.Value", kind: toKind(json) };
}

function toKind(json: unknown): ValueMessage["kind"] {
  switch (typeof json) {
    case "number":
      return { case: "numberValue", value: json };
    case "string":
      return { case: "stringValue", value: json };
    case "boolean":
      return { case: "boolValue", value: json };
    case "object":
      return toObjectKind(json);
    default:
      return { case: undefined };
  }
}

function toObjectKind(json: object | null): ValueMessage["kind"] {
  if (json === null) {
    return { case: "nullValue", value: 0 };
  }
  if (Array.isArray(json)) {
    const values = Array.from(json, toValue);
    return { case: "listValue", value: { $typeName: "google.protobuf.ListValue", values } };
  }
  return { case: "structValue", value: toStruct(json) };
}

/** The JSON object for a Struct message. */
export function fromStruct(struct: Loose): Loose {
  const fields = struct.fields as Record<string, ValueMessage>;
  const json: Loose = {};
  for (const key of Object.keys(fields)) {
    setOwn(json, key, fromValue(fields[key]!));
  }
  return json;
}

function fromValue(message: ValueMessage): unknown {
  const { case: kind, value } = message.kind;
  switch (kind) {
    case "structValue":
      return fromStruct(value as Loose);
    case "listValue":
      return (value as { values: ValueMessage[] }).values.map(fromValue);
    case "nullValue":
    case undefined:
      return null;
    default:
      return value;
  }
}
