// Closure mode, reading map fields: entries are messages of a key (1) and a value (2).
import { protoInt64, ScalarType } from "@bufbuild/protobuf";
import type { Loose } from "../plan/message-code.js";
import type { FieldPlan, ValuePlan } from "../plan/message-plan.js";
import { setOwn } from "../struct/struct-json.js";
import { cursor } from "../wire/cursor.js";
import { readLength } from "../wire/text.js";
import { skipValue } from "../wire/unknown.js";
import { readTag } from "../wire/varint.js";
import type { FieldReader } from "./field-functions.js";
import { createScalarReader } from "./scalar.js";
import { type ChildReader, createChildReader, type Resolve } from "./sub-message.js";

export function createMapReader(field: FieldPlan, resolve: Resolve): FieldReader {
  const { name } = field;
  const readKey = createScalarReader(field.mapKey!);
  const zeroKey = zeroOf(field.mapKey!.scalar);
  const readValue = createValueReader(field.value, resolve);
  const absent = createAbsentValue(field.value, resolve);
  return (message, bytes, start, depth) => {
    let key: unknown;
    let value: unknown;
    const length = readLength(bytes, start);
    let position = cursor.position;
    const end = position + length;
    while (position < end) {
      const tag = readTag(bytes, position);
      position = cursor.position;
      // As in any message a key or value that comes twice counts last; a message value is merged.
      switch (tag >>> 3) {
        case 1:
          key = readKey(bytes, position);
          position = cursor.position;
          break;
        case 2:
          value = readValue(bytes, position, depth, value);
          position = cursor.position;
          break;
        default:
          position = skipValue(bytes, position, tag, depth);
      }
    }
    setOwn(message[name] as Loose, String(key ?? zeroKey), value ?? absent());
    cursor.position = position;
    return position;
  };
}

function createValueReader(plan: ValuePlan, resolve: Resolve): ChildReader {
  if (plan.kind === "message") {
    return createChildReader(plan, 2, resolve);
  }
  return createScalarReader(plan);
}

/** What an entry without a value holds. */
export function createAbsentValue(plan: ValuePlan, resolve: Resolve): () => unknown {
  if (plan.kind === "message") {
    const read = createChildReader({ ...plan, delimited: false }, 2, resolve);
    // The value of one byte, a length of zero, is the empty message in its local form.
    return () => readEmpty(read);
  }
  if (plan.kind === "enum") {
    return () => plan.zero;
  }
  const { scalar } = plan;
  return scalar === ScalarType.BYTES ? () => new Uint8Array(0) : () => zeroOf(scalar);
}

const ZERO_LENGTH = new Uint8Array(1);

function readEmpty(read: ChildReader): unknown {
  const limit = cursor.limit;
  cursor.limit = 1;
  const value = read(ZERO_LENGTH, 0, 1, undefined);
  cursor.limit = limit;
  return value;
}

/** Of any type but bytes, the zero of which is made anew each time. */
function zeroOf(scalar: ScalarType): unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return "";
    case ScalarType.BOOL:
      return false;
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return protoInt64.zero;
    default:
      return 0;
  }
}
