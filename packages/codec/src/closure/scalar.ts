// One reader and one writer per scalar type: bytes at a position to and from a JavaScript value.
import { ScalarType } from "@bufbuild/protobuf";
import { type PlainPlan, wireScalar } from "../plan/message-plan.js";
import { readBlob, writeBlob } from "../wire/blob.js";
import { cursor } from "../wire/cursor.js";
import {
  readDouble,
  readFloat,
  readWord,
  readWords,
  writeDouble,
  writeFloat,
  writeWord,
  writeWords,
} from "../wire/fixed.js";
import {
  putSigned,
  putUnsigned,
  takeSigned,
  takeUnsigned,
  unzigzagWords,
  words,
  zigzagWords,
} from "../wire/int64.js";
import { toFloat, toInt32, toUint32 } from "../wire/number-input.js";
import { readText, writeText } from "../wire/text.js";
import {
  readVarint32,
  readVarint64,
  writeInt32,
  writeVarint32,
  writeVarint64,
} from "../wire/varint.js";

/** Reads a value; the position after it is left in the cursor. */
export type ScalarReader = (bytes: Uint8Array, start: number) => unknown;
/** Checks and writes a value. @returns one past the last byte. */
export type ScalarWriter = (bytes: Uint8Array, start: number, value: unknown) => number;

export function createScalarReader(plan: PlainPlan): ScalarReader {
  if (plan.kind === "scalar" && plan.scalar === ScalarType.STRING) {
    const strict = plan.strictText;
    return (bytes, start) => readText(bytes, start, strict);
  }
  const read = readers[wireScalar(plan)]!;
  if (plan.kind === "scalar" && plan.longAsString) {
    return (bytes, start) => String(read(bytes, start));
  }
  return read;
}

export function createScalarWriter(plan: PlainPlan): ScalarWriter {
  return writers[wireScalar(plan)]!;
}

const readers: Partial<Record<ScalarType, ScalarReader>> = {
  [ScalarType.BYTES]: readBlob,
  [ScalarType.BOOL]: readBool,
  [ScalarType.DOUBLE]: readDouble,
  [ScalarType.FLOAT]: readFloat,
  [ScalarType.INT32]: (bytes, start) => readVarint32(bytes, start) | 0,
  [ScalarType.UINT32]: readVarint32,
  [ScalarType.SINT32]: (bytes, start) => {
    const bits = readVarint32(bytes, start);
    return (bits >>> 1) ^ -(bits & 1);
  },
  [ScalarType.FIXED32]: (bytes, start) => readWord(bytes, start) >>> 0,
  [ScalarType.SFIXED32]: readWord,
  [ScalarType.INT64]: (bytes, start) => {
    readVarint64(bytes, start);
    return takeSigned();
  },
  [ScalarType.UINT64]: (bytes, start) => {
    readVarint64(bytes, start);
    return takeUnsigned();
  },
  [ScalarType.SINT64]: (bytes, start) => {
    readVarint64(bytes, start);
    unzigzagWords();
    return takeSigned();
  },
  [ScalarType.FIXED64]: (bytes, start) => {
    readWords(bytes, start);
    return takeUnsigned();
  },
  [ScalarType.SFIXED64]: (bytes, start) => {
    readWords(bytes, start);
    return takeSigned();
  },
};

/** Any bit of the 64 makes it true. */
export function readBool(bytes: Uint8Array, start: number): boolean {
  if (start < cursor.limit && bytes[start]! < 0x80) {
    cursor.position = start + 1;
    return bytes[start] !== 0;
  }
  readVarint64(bytes, start);
  return (words[0]! | words[1]!) !== 0;
}

const writers: Record<ScalarType, ScalarWriter> = {
  [ScalarType.STRING]: writeText,
  [ScalarType.BYTES]: writeBlob,
  [ScalarType.BOOL]: (bytes, start, value) => {
    bytes[start] = value ? 1 : 0;
    return start + 1;
  },
  // Numbers are not checked for doubles: whatever converts to a number is written.
  [ScalarType.DOUBLE]: (bytes, start, value) => writeDouble(bytes, start, value as number),
  [ScalarType.FLOAT]: (bytes, start, value) => writeFloat(bytes, start, toFloat(value)),
  [ScalarType.INT32]: (bytes, start, value) => writeInt32(bytes, start, toInt32(value)),
  [ScalarType.UINT32]: (bytes, start, value) => writeVarint32(bytes, start, toUint32(value)),
  [ScalarType.SINT32]: (bytes, start, value) => {
    const number = toInt32(value);
    return writeVarint32(bytes, start, (number << 1) ^ (number >> 31));
  },
  [ScalarType.FIXED32]: (bytes, start, value) => writeWord(bytes, start, toUint32(value)),
  [ScalarType.SFIXED32]: (bytes, start, value) => writeWord(bytes, start, toInt32(value)),
  [ScalarType.INT64]: (bytes, start, value) => {
    putSigned(value);
    return writeVarint64(bytes, start);
  },
  [ScalarType.UINT64]: (bytes, start, value) => {
    putUnsigned(value);
    return writeVarint64(bytes, start);
  },
  [ScalarType.SINT64]: (bytes, start, value) => {
    putSigned(value);
    zigzagWords();
    return writeVarint64(bytes, start);
  },
  [ScalarType.FIXED64]: (bytes, start, value) => {
    putUnsigned(value);
    return writeWords(bytes, start);
  },
  [ScalarType.SFIXED64]: (bytes, start, value) => {
    putSigned(value);
    return writeWords(bytes, start);
  },
};
