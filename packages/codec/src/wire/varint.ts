// Base-128 varints: reading with every bound checked, writing without (see encode in codec.ts).
import { cursor, fail, failTruncated } from "./cursor.js";
import { HIGH, LOW, setWords, words } from "./int64.js";

/** A varint is at most this long: where so much input is left no byte of it needs a check. */
export const MAX_VARINT_BYTES = 10;

/**
 * Reads a varint of up to 10 bytes and keeps its low 32 bits, unsigned. The position after it is
 * left in the cursor.
 */
export function readVarint32(bytes: Uint8Array, start: number): number {
  if (start + 3 > cursor.limit) {
    return readVarint32AtEnd(bytes, start);
  }
  let byte = bytes[start]!;
  let value = byte & 0x7f;
  if (byte < 0x80) {
    cursor.position = start + 1;
    return value;
  }
  byte = bytes[start + 1]!;
  value |= (byte & 0x7f) << 7;
  if (byte < 0x80) {
    cursor.position = start + 2;
    return value;
  }
  byte = bytes[start + 2]!;
  value |= (byte & 0x7f) << 14;
  if (byte < 0x80) {
    cursor.position = start + 3;
    return value;
  }
  return start + MAX_VARINT_BYTES > cursor.limit
    ? readVarint32AtEnd(bytes, start)
    : readTopBits(bytes, start, value);
}

/** Bytes 4 to 10, all of which are there. `low` holds the 21 bits before them. */
function readTopBits(bytes: Uint8Array, start: number, low: number): number {
  let byte = bytes[start + 3]!;
  let value = low | ((byte & 0x7f) << 21);
  if (byte < 0x80) {
    cursor.position = start + 4;
    return value;
  }
  byte = bytes[start + 4]!;
  // What the fifth byte holds above bits 28 to 31 falls off the int32.
  value = (value | (byte << 28)) >>> 0;
  if (byte < 0x80) {
    cursor.position = start + 5;
  } else if (isNegativeTail(bytes, start)) {
    cursor.position = start + MAX_VARINT_BYTES;
  } else {
    cursor.position = skipVarintTail(bytes, start + 5, start + MAX_VARINT_BYTES);
  }
  return value;
}

/** Every encoder writes a negative int32 as if it were 64-bit: bytes 6 to 9 are all ones, then 1. */
export function isNegativeTail(bytes: Uint8Array, start: number): boolean {
  return (
    (bytes[start + 5]! & bytes[start + 6]! & bytes[start + 7]! & bytes[start + 8]!) > 0x7f &&
    bytes[start + 9] === 1
  );
}

/** The same near the end of the input, which may come at each byte. */
function readVarint32AtEnd(bytes: Uint8Array, start: number): number {
  const limit = cursor.limit;
  let position = start;
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (position >= limit) {
      failTruncated();
    }
    const byte = bytes[position++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      cursor.position = position;
      return value >>> 0;
    }
  }
  cursor.position = skipVarintTail(bytes, position, start + MAX_VARINT_BYTES);
  return value >>> 0;
}

/** Finds the end, before `end`, of a varint the value of which is known. @returns one past its last byte */
export function skipVarintTail(bytes: Uint8Array, start: number, end: number): number {
  for (let position = start; position < end; position++) {
    if (position >= cursor.limit) {
      failTruncated();
    }
    if (bytes[position]! < 0x80) {
      return position + 1;
    }
  }
  return fail("a varint is longer than 10 bytes");
}

/** Reads a field tag: a varint that fits 32 bits, field number above 0, wire type up to 5. */
export function readTag(bytes: Uint8Array, start: number): number {
  const tag = readVarint32(bytes, start);
  const length = cursor.position - start;
  if (length > 5 || (length === 5 && bytes[start + 4]! > 0x0f)) {
    fail("a field tag does not fit 32 bits");
  }
  checkTag(tag);
  return tag;
}

/** Refuses field number 0 and the wire types that do not exist. */
export function checkTag(tag: number): void {
  if (tag >>> 3 === 0 || (tag & 7) > 5) {
    fail(`field number ${tag >>> 3} with wire type ${tag & 7} is not a valid tag`);
  }
}

/** Reads a varint of up to 10 bytes into the scratch words of int64.ts. */
export function readVarint64(bytes: Uint8Array, start: number): void {
  if (start + 10 > cursor.limit) {
    readVarint64AtEnd(bytes, start);
    return;
  }
  let position = start;
  let byte = bytes[position++]!;
  let low = byte & 0x7f;
  if (byte > 0x7f) {
    byte = bytes[position++]!;
    low |= (byte & 0x7f) << 7;
  }
  if (byte > 0x7f) {
    byte = bytes[position++]!;
    low |= (byte & 0x7f) << 14;
  }
  if (byte > 0x7f) {
    byte = bytes[position++]!;
    low |= (byte & 0x7f) << 21;
  }
  if (byte > 0x7f) {
    readHighBits(bytes, position, low);
    return;
  }
  cursor.position = position;
  setWords(low, 0);
}

/** Bytes 5 to 10, all of which are there. `low` holds the 28 bits before them. */
function readHighBits(bytes: Uint8Array, start: number, low: number): void {
  let position = start;
  let byte = bytes[position++]!;
  const allLow = low | (byte << 28);
  let high = (byte & 0x7f) >> 4;
  for (let shift = 3; byte > 0x7f; shift += 7) {
    if (shift > 31) {
      fail("a varint is longer than 10 bytes");
    }
    byte = bytes[position++]!;
    high |= (byte & 0x7f) << shift;
  }
  cursor.position = position;
  setWords(allLow, high);
}

/** The same near the end of the input, which may come at each byte. */
function readVarint64AtEnd(bytes: Uint8Array, start: number): void {
  const limit = cursor.limit;
  let position = start;
  let low = 0;
  let high = 0;
  for (let shift = 0; position < limit; shift += 7) {
    const byte = bytes[position++]!;
    const bits = byte & 0x7f;
    if (shift <= 28) {
      low |= bits << shift;
    }
    if (shift >= 28) {
      high |= shift === 28 ? bits >>> 4 : bits << (shift - 32);
    }
    if (byte < 0x80) {
      cursor.position = position;
      setWords(low, high);
      return;
    }
  }
  failTruncated();
}

/** Bytes that `value`, an unsigned 32-bit integer, takes as a varint: 1 to 5. */
export function varint32Size(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Writes an unsigned 32-bit integer. @returns one past the last byte. */
export function writeVarint32(bytes: Uint8Array, start: number, value: number): number {
  let position = start;
  let rest = value >>> 0;
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}

/** Writes a signed 32-bit integer; a negative one takes ten bytes, as if it were 64-bit. */
export function writeInt32(bytes: Uint8Array, start: number, value: number): number {
  if (value < 0) {
    setWords(value, -1);
    return writeVarint64(bytes, start);
  }
  let position = start;
  let rest = value;
  while (rest > 0x7f) {
    bytes[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[position++] = rest;
  return position;
}

/** Writes the scratch words of int64.ts. @returns one past the last byte. */
export function writeVarint64(bytes: Uint8Array, start: number): number {
  let low = words[LOW]!;
  let high = words[HIGH]!;
  let position = start;
  while (high !== 0 || low < 0 || low > 0x7f) {
    bytes[position++] = (low & 0x7f) | 0x80;
    low = (low >>> 7) | (high << 25);
    high >>>= 7;
  }
  bytes[position++] = low;
  return position;
}

/**
 * Writes the length of what stands between `body` and `end` at `head` and closes or widens the gap
 * that a guess of the length's own size has left. @returns one past the last byte.
 */
export function placeLength(bytes: Uint8Array, head: number, body: number, end: number): number {
  const size = varint32Size(end - body);
  if (head + size !== body) {
    bytes.copyWithin(head + size, body, end);
  }
  writeVarint32(bytes, head, end - body);
  return head + size + end - body;
}
