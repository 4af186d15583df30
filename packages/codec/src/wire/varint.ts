// Base-128 varints: reading with every bound checked, writing without (see encode in codec.ts).
import { cursor, fail, failTruncated } from "./cursor.js";
import { setWords, words } from "./int64.js";

/**
 * Reads a varint of up to 10 bytes and keeps its low 32 bits, unsigned. The position after it is
 * left in the cursor.
 */
export function readVarint32(bytes: Uint8Array, start: number): number {
  const limit = cursor.limit;
  let position = start;
  let value = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    if (position >= limit) {
      failTruncated();
    }
    const byte = bytes[position++]!;
    // The fifth byte adds bits 28 to 31; what it holds above them falls off the int32.
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      cursor.position = position;
      return value >>> 0;
    }
  }
  cursor.position = skipVarintTail(bytes, position, start + 10);
  return value >>> 0;
}

function skipVarintTail(bytes: Uint8Array, start: number, end: number): number {
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
  const limit = cursor.limit;
  let position = start;
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (position >= limit) {
      failTruncated();
    }
    const byte = bytes[position++]!;
    const bits = byte & 0x7f;
    if (shift < 28) {
      low |= bits << shift;
    } else if (shift === 28) {
      low |= bits << 28;
      high = bits >>> 4;
    } else {
      high |= bits << (shift - 32);
    }
    if (byte < 0x80) {
      cursor.position = position;
      setWords(low, high);
      return;
    }
  }
  fail("a varint is longer than 10 bytes");
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
  if (value >= 0) {
    return writeVarint32(bytes, start, value);
  }
  setWords(value, -1);
  return writeVarint64(bytes, start);
}

/** Writes the scratch words of int64.ts. @returns one past the last byte. */
export function writeVarint64(bytes: Uint8Array, start: number): number {
  let low = words.getUint32(0, true);
  let high = words.getUint32(4, true);
  let position = start;
  while (high !== 0) {
    bytes[position++] = (low & 0x7f) | 0x80;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  return writeVarint32(bytes, position, low);
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
