// Fields that the descriptor does not know: skipped over, kept as bytes, written back as they came.
import type { UnknownField } from "@bufbuild/protobuf";
import { sliceBytes, writeRaw } from "./blob.js";
import { cursor, fail, failTruncated } from "./cursor.js";
import { readTag, readVarint32, writeVarint32 } from "./varint.js";
import { FIXED32, FIXED64, GROUP_END, GROUP_START, LENGTH, VARINT } from "./wire-type.js";

/** Skips the value after `tag` and returns it with its field number. `depth`: groups still allowed. */
export function readUnknown(
  bytes: Uint8Array,
  start: number,
  tag: number,
  depth: number,
): UnknownField {
  const end = skipValue(bytes, start, tag, depth);
  cursor.position = end;
  return { no: tag >>> 3, wireType: tag & 7, data: sliceBytes(bytes, start, end) };
}

/** Skips the value after `tag`. @returns one past its last byte. */
export function skipValue(bytes: Uint8Array, start: number, tag: number, depth: number): number {
  const end = findEnd(bytes, start, tag, depth);
  if (end > cursor.limit) {
    failTruncated();
  }
  return end;
}

function findEnd(bytes: Uint8Array, start: number, tag: number, depth: number): number {
  switch (tag & 7) {
    case VARINT:
      return findVarintEnd(bytes, start);
    case FIXED64:
      return start + 8;
    case FIXED32:
      return start + 4;
    case LENGTH: {
      const length = readVarint32(bytes, start);
      return cursor.position + length;
    }
    case GROUP_START:
      return findGroupEnd(bytes, start, tag >>> 3, depth);
    default:
      return fail(`group end ${tag >>> 3} has no start`);
  }
}

/** An unknown varint may be of any length: its value is not looked at. */
function findVarintEnd(bytes: Uint8Array, start: number): number {
  const limit = cursor.limit;
  for (let position = start; position < limit; position++) {
    if (bytes[position]! < 0x80) {
      return position + 1;
    }
  }
  return failTruncated();
}

function findGroupEnd(bytes: Uint8Array, start: number, number: number, depth: number): number {
  if (depth <= 0) {
    failTooDeep();
  }
  let position = start;
  for (;;) {
    const tag = readTag(bytes, position);
    position = cursor.position;
    if ((tag & 7) === GROUP_END) {
      return tag >>> 3 === number ? position : failGroupEnd(number, tag >>> 3);
    }
    position = skipValue(bytes, position, tag, depth - 1);
  }
}

/** Messages and groups are nested deeper than the codec's recursion limit. */
export function failTooDeep(): never {
  return fail("messages are nested deeper than the recursion limit allows");
}

/** A group ended with another field's number; 0 when it did not end. */
export function failGroupEnd(expected: number, found: number): never {
  return fail(
    found === 0
      ? `group ${expected} has no end`
      : `group ${expected} is ended by group end ${found}`,
  );
}

/** Writes unknown fields back. @returns one past the last byte. */
export function writeUnknown(
  bytes: Uint8Array,
  start: number,
  fields: readonly UnknownField[],
): number {
  let position = start;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    position = writeVarint32(bytes, position, (field.no << 3) | field.wireType);
    position = writeRaw(bytes, position, field.data);
  }
  return position;
}
