// Closure mode, reading: one function per field, with every decision the descriptor allows taken before.
import type { UnknownField } from "@bufbuild/protobuf";
import type { Loose } from "../plan/message-code.js";
import { type FieldPlan, type SubMessagePlan, wireScalar } from "../plan/message-plan.js";
import { cursor } from "../wire/cursor.js";
import { readLength } from "../wire/text.js";
import { readVarint32, writeInt32 } from "../wire/varint.js";
import { LENGTH, wireTypeOf } from "../wire/wire-type.js";
import type { FieldReader } from "./field-functions.js";
import { createMapReader } from "./map-reader.js";
import { createScalarReader } from "./scalar.js";
import { createChildReader, type Resolve } from "./sub-message.js";

export function createFieldReader(field: FieldPlan, resolve: Resolve): FieldReader {
  if (field.shape === "map") {
    return createMapReader(field, resolve);
  }
  if (field.shape === "list") {
    return createListReader(field, resolve);
  }
  if (field.value.kind === "message") {
    return createMessageReader(field, field.value, resolve);
  }
  if (field.value.kind === "enum" && field.value.closed !== undefined) {
    return createClosedEnumReader(field, field.value.closed);
  }
  const read = createScalarReader(field.value);
  const { name, oneof } = field;
  return (message, bytes, start) => {
    const value = read(bytes, start);
    setField(message, name, oneof, value);
    return cursor.position;
  };
}

function setField(message: Loose, name: string, oneof: string | undefined, value: unknown): void {
  if (oneof === undefined) {
    message[name] = value;
  } else {
    message[oneof] = { case: name, value };
  }
}

function createMessageReader(
  { name, oneof, number }: FieldPlan,
  plan: SubMessagePlan,
  resolve: Resolve,
): FieldReader {
  const read = createChildReader(plan, number, resolve);
  return (message, bytes, start, depth) => {
    const child = read(bytes, start, depth, getField(message, name, oneof));
    setField(message, name, oneof, child);
    return cursor.position;
  };
}

function getField(message: Loose, name: string, oneof: string | undefined): unknown {
  if (oneof !== undefined) {
    const selected = message[oneof] as { case?: string; value?: unknown };
    return selected.case === name ? selected.value : undefined;
  }
  return Object.hasOwn(message, name) ? message[name] : undefined;
}

/** A number that a closed enum does not know becomes an unknown field. */
function createClosedEnumReader(field: FieldPlan, known: ReadonlySet<number>): FieldReader {
  const { name, oneof, number } = field;
  return (message, bytes, start, _depth, wireType) => {
    const value = readVarint32(bytes, start) | 0;
    if (known.has(value)) {
      setField(message, name, oneof, value);
    } else {
      keepUnknownEnum(message, number, wireType, value);
    }
    return cursor.position;
  };
}

/** Keeps an enum number as the unknown field that it came as. */
export function keepUnknownEnum(
  message: Loose,
  number: number,
  wireType: number,
  value: number,
): void {
  const data = new Uint8Array(10);
  const end = writeInt32(data, 0, value);
  const unknown = (message.$unknown ?? []) as UnknownField[];
  unknown.push({ no: number, wireType, data: data.slice(0, end) });
  message.$unknown = unknown;
}

function createListReader(field: FieldPlan, resolve: Resolve): FieldReader {
  const { name, value, number } = field;
  if (value.kind === "message") {
    const read = createChildReader(value, number, resolve);
    return (message, bytes, start, depth) => {
      (message[name] as unknown[]).push(read(bytes, start, depth, undefined));
      return cursor.position;
    };
  }
  const read = createScalarReader(value);
  const packable = wireTypeOf(wireScalar(value)) !== LENGTH;
  return (message, bytes, start, _depth, wireType) => {
    const items = message[name] as unknown[];
    if (wireType !== LENGTH || !packable) {
      items.push(read(bytes, start));
      return cursor.position;
    }
    const length = readLength(bytes, start);
    let position = cursor.position;
    const end = position + length;
    while (position < end) {
      items.push(read(bytes, position));
      position = cursor.position;
    }
    return position;
  };
}
