// Closure mode, writing map fields: object keys become typed keys again, entries become messages.
import { protoInt64, ScalarType } from "@bufbuild/protobuf";
import type { Loose } from "../plan/message-code.js";
import type { FieldPlan } from "../plan/message-plan.js";
import { placeLength, writeVarint32 } from "../wire/varint.js";
import { LENGTH } from "../wire/wire-type.js";
import type { FieldWriter } from "./field-functions.js";
import type { Resolve } from "./sub-message.js";
import { createValueWriter } from "./value-writer.js";

export function createMapWriter(field: FieldPlan, resolve: Resolve): FieldWriter {
  const { name } = field;
  const tag = (field.number << 3) | LENGTH;
  const toKey = keyConversion(field.mapKey!.scalar);
  const writeKey = createValueWriter(field.mapKey!, 1, resolve);
  const writeValue = createValueWriter(field.value, 2, resolve);
  return (message, bytes, start) => {
    const record = message[name] as Loose;
    let position = start;
    for (const key of Object.keys(record)) {
      const head = writeVarint32(bytes, position, tag);
      const body = writeKey(bytes, head + 1, toKey(key));
      position = placeLength(bytes, head, head + 1, writeValue(bytes, body, record[key]));
    }
    return position;
  };
}

/**
 * How the string that an object key always is becomes a key of the map's type. What does not
 * convert is passed on as it is, for the writer to refuse.
 */
export function keyConversion(scalar: ScalarType): (key: string) => unknown {
  switch (scalar) {
    case ScalarType.STRING:
      return (key) => key;
    case ScalarType.BOOL:
      return (key) => key !== "false" && key !== "";
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return (key) => attempt(key, protoInt64.parse.bind(protoInt64));
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return (key) => attempt(key, protoInt64.uParse.bind(protoInt64));
    default:
      return toNumber;
  }
}

/** As protobuf-es reads keys: hexadecimal ones too, and an empty one is left to count as zero. */
function toNumber(key: string): unknown {
  // biome-ignore lint/correctness/useParseIntRadix: the conversion protobuf-es makes
  const number = Number.parseInt(key);
  return Number.isNaN(number) ? key : number;
}

function attempt(key: string, parse: (key: string) => unknown): unknown {
  try {
    return parse(key);
  } catch {
    return key;
  }
}
