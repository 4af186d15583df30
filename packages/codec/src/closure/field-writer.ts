// Closure mode, writing: one function per field that checks presence and writes tag and value.
import { ScalarType } from "@bufbuild/protobuf";
import type { FieldPlan, PlainPlan } from "../plan/message-plan.js";
import { fail } from "../wire/cursor.js";
import { placeLength, writeVarint32 } from "../wire/varint.js";
import { LENGTH } from "../wire/wire-type.js";
import type { FieldWriter, ValueWriter } from "./field-functions.js";
import { createMapWriter } from "./map-writer.js";
import { createScalarWriter } from "./scalar.js";
import type { Resolve } from "./sub-message.js";
import { createValueWriter } from "./value-writer.js";

export function createFieldWriter(field: FieldPlan, resolve: Resolve): FieldWriter {
  const { name } = field;
  if (field.shape === "map") {
    return createMapWriter(field, resolve);
  }
  if (field.shape === "list" && field.packed && field.value.kind !== "message") {
    return createPackedWriter(field, field.value);
  }
  const write = createValueWriter(field.value, field.number, resolve);
  switch (field.shape) {
    case "list":
      return (message, bytes, start) => writeList(message[name] as unknown[], bytes, start, write);
    case "oneof":
      return createOneofWriter(name, field.oneof!, write);
    case "implicit": {
      // Messages always have explicit presence.
      const isZero = zeroTest(field.value as PlainPlan);
      return (message, bytes, start) =>
        isZero(message[name]) ? start : write(bytes, start, message[name]);
    }
    default:
      return createPresenceWriter(name, field.shape === "required", write);
  }
}

function writeList(
  items: readonly unknown[],
  bytes: Uint8Array,
  start: number,
  write: ValueWriter,
): number {
  let position = start;
  for (let i = 0; i < items.length; i++) {
    position = write(bytes, position, items[i]);
  }
  return position;
}

function createOneofWriter(name: string, oneof: string, write: ValueWriter): FieldWriter {
  return (message, bytes, start) => {
    const selected = message[oneof] as { case?: string; value?: unknown };
    return selected.case === name ? write(bytes, start, selected.value) : start;
  };
}

/** Explicit presence: set means an own property, for defaults stand on the prototype. */
function createPresenceWriter(name: string, required: boolean, write: ValueWriter): FieldWriter {
  return (message, bytes, start) => {
    const value = message[name];
    if (value !== undefined && Object.hasOwn(message, name)) {
      return write(bytes, start, value);
    }
    return required ? fail("the required field is not set") : start;
  };
}

function createPackedWriter(field: FieldPlan, plan: PlainPlan): FieldWriter {
  const { name } = field;
  const tag = (field.number << 3) | LENGTH;
  const write = createScalarWriter(plan);
  return (message, bytes, start) => {
    const items = message[name] as unknown[];
    // Loose on purpose: an array-like of zero length is empty however it spells its length.
    if (items.length === 0) {
      return start;
    }
    const head = writeVarint32(bytes, start, tag);
    return placeLength(bytes, head, head + 1, writeList(items, bytes, head + 1, write));
  };
}

/** Implicit presence: zero values are not written. Negative zero is no zero for floats. */
function zeroTest(plan: PlainPlan): (value: unknown) => boolean {
  if (plan.kind === "enum") {
    return (value) => value === plan.zero;
  }
  switch (plan.scalar) {
    case ScalarType.BOOL:
      return (value) => value === false;
    case ScalarType.STRING:
      return (value) => value === "";
    case ScalarType.BYTES:
      return (value) => value instanceof Uint8Array && value.byteLength === 0;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return (value) => Object.is(value, 0);
    default:
      // 0, 0n and "0" alike.
      // biome-ignore lint/suspicious/noDoubleEquals: the comparison protobuf-es makes
      return (value) => value == 0;
  }
}
