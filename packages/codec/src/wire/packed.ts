// Packed lists, read by one small loop per scalar type: what all message types share gets fast first.
import { ScalarType } from "@bufbuild/protobuf";
import { cursor, failTruncated } from "./cursor.js";
import { setWords, takeSigned, takeUnsigned, unzigzagWords, words } from "./int64.js";
import {
  isNegativeTail,
  MAX_VARINT_BYTES,
  readVarint32,
  readVarint64,
  skipVarintTail,
} from "./varint.js";

/**
 * Appends the elements between `start` and `end`, which lies within the input, to `items`. The
 * last element may reach beyond `end`, as it may with protobuf-es. The cursor is left after it.
 */
export type PackedReader = (
  bytes: Uint8Array,
  start: number,
  end: number,
  items: unknown[],
) => void;

function readInt32s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  // An element that begins before this position has ten bytes of input to lie in.
  const roomy = Math.min(end, cursor.limit - 9);
  let position = start;
  while (position < roomy) {
    const byte = bytes[position]!;
    if (byte < 0x80) {
      items.push(byte);
      position++;
    } else {
      position = appendInt32(bytes, position, items);
    }
  }
  while (position < end) {
    items.push(readVarint32(bytes, position) | 0);
    position = cursor.position;
  }
  cursor.position = position;
}

/** An element of two bytes or more, ten of which are there. @returns the position after it */
function appendInt32(bytes: Uint8Array, start: number, items: unknown[]): number {
  let byte = bytes[start + 1]!;
  let value = (bytes[start]! & 0x7f) | ((byte & 0x7f) << 7);
  if (byte < 0x80) {
    items.push(value);
    return start + 2;
  }
  byte = bytes[start + 2]!;
  value |= (byte & 0x7f) << 14;
  if (byte < 0x80) {
    items.push(value);
    return start + 3;
  }
  byte = bytes[start + 3]!;
  value |= (byte & 0x7f) << 21;
  if (byte < 0x80) {
    items.push(value);
    return start + 4;
  }
  byte = bytes[start + 4]!;
  value |= byte << 28;
  items.push(value);
  if (byte < 0x80) {
    return start + 5;
  }
  return isNegativeTail(bytes, start)
    ? start + MAX_VARINT_BYTES
    : skipVarintTail(bytes, start + 5, start + MAX_VARINT_BYTES);
}

function readUint32s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  let position = start;
  while (position < end) {
    items.push(readVarint32(bytes, position));
    position = cursor.position;
  }
  cursor.position = position;
}

function readSint32s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  let position = start;
  while (position < end) {
    const bits = readVarint32(bytes, position);
    items.push((bits >>> 1) ^ -(bits & 1));
    position = cursor.position;
  }
  cursor.position = position;
}

function readBools(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  let position = start;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte < 0x80) {
      items.push(byte !== 0);
      position++;
    } else {
      readVarint64(bytes, position);
      items.push((words[0]! | words[1]!) !== 0);
      position = cursor.position;
    }
  }
  cursor.position = position;
}

function readInt64s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  let position = start;
  while (position < end) {
    readVarint64(bytes, position);
    items.push(takeSigned());
    position = cursor.position;
  }
  cursor.position = position;
}

function readUint64s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  let position = start;
  while (position < end) {
    readVarint64(bytes, position);
    items.push(takeUnsigned());
    position = cursor.position;
  }
  cursor.position = position;
}

function readSint64s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  let position = start;
  while (position < end) {
    readVarint64(bytes, position);
    unzigzagWords();
    items.push(takeSigned());
    position = cursor.position;
  }
  cursor.position = position;
}

/** A view of the run's elements, the last of which may begin before `end` and reach beyond it. */
function viewElements(bytes: Uint8Array, start: number, end: number, size: number): DataView {
  const length = Math.ceil((end - start) / size) * size;
  if (start + length > cursor.limit) {
    failTruncated();
  }
  cursor.position = start + length;
  return new DataView(bytes.buffer, bytes.byteOffset + start, length);
}

function readDoubles(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  const view = viewElements(bytes, start, end, 8);
  for (let at = 0; at < view.byteLength; at += 8) {
    items.push(view.getFloat64(at, true));
  }
}

function readFloats(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  const view = viewElements(bytes, start, end, 4);
  for (let at = 0; at < view.byteLength; at += 4) {
    items.push(view.getFloat32(at, true));
  }
}

function readFixed32s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  const view = viewElements(bytes, start, end, 4);
  for (let at = 0; at < view.byteLength; at += 4) {
    items.push(view.getUint32(at, true));
  }
}

function readSfixed32s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  const view = viewElements(bytes, start, end, 4);
  for (let at = 0; at < view.byteLength; at += 4) {
    items.push(view.getInt32(at, true));
  }
}

function readFixed64s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  const view = viewElements(bytes, start, end, 8);
  for (let at = 0; at < view.byteLength; at += 8) {
    setWords(view.getInt32(at, true), view.getInt32(at + 4, true));
    items.push(takeUnsigned());
  }
}

function readSfixed64s(bytes: Uint8Array, start: number, end: number, items: unknown[]): void {
  const view = viewElements(bytes, start, end, 8);
  for (let at = 0; at < view.byteLength; at += 8) {
    setWords(view.getInt32(at, true), view.getInt32(at + 4, true));
    items.push(takeSigned());
  }
}

const readers: Partial<Record<ScalarType, PackedReader>> = {
  [ScalarType.INT32]: readInt32s,
  [ScalarType.UINT32]: readUint32s,
  [ScalarType.SINT32]: readSint32s,
  [ScalarType.BOOL]: readBools,
  [ScalarType.INT64]: readInt64s,
  [ScalarType.UINT64]: readUint64s,
  [ScalarType.SINT64]: readSint64s,
  [ScalarType.DOUBLE]: readDoubles,
  [ScalarType.FLOAT]: readFloats,
  [ScalarType.FIXED32]: readFixed32s,
  [ScalarType.SFIXED32]: readSfixed32s,
  [ScalarType.FIXED64]: readFixed64s,
  [ScalarType.SFIXED64]: readSfixed64s,
};

/** The reader of packed elements of a scalar type, which must not be string or bytes. */
export function packedReader(scalar: ScalarType): PackedReader {
  return readers[scalar]!;
}
