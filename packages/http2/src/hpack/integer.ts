// Integers of RFC 7541 s5.1, and the cursor that walks through a block while one is decoded.

const nothing: Uint8Array = new Uint8Array(0);

/** A place in a block: everything from `position` to `end` is still to be read. */
export class Cursor {
  bytes: Uint8Array = nothing;
  position = 0;
  end = 0;

  aim(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Lets go of the bytes, which belong to the caller. */
  drop(): void {
    this.aim(nothing, 0, 0);
  }
}

/** `readInteger`: the block ends inside the integer. */
export const integerTruncated = -1;
/** `readInteger`: more than five octets (legal by RFC 7541 s5.1, but only ever seen in attacks such as CVE-2023-33953). */
export const integerTooLong = -2;

/** The prefix octet and four more: values below 2^28 + 255. */
const maxContinuationBits = 28;

/**
 * Reads the integer whose prefix is in the octet at the cursor; there must be one.
 * @param prefixMask the bits of that octet that belong to the integer: 0x7f, 0x3f, 0x1f or 0x0f.
 * @returns the value, or `integerTruncated` or `integerTooLong`, both negative.
 */
export function readInteger(cursor: Cursor, prefixMask: number): number {
  const prefix = cursor.bytes[cursor.position]! & prefixMask;
  cursor.position += 1;
  return prefix === prefixMask ? readContinuation(cursor, prefixMask) : prefix;
}

function readContinuation(cursor: Cursor, prefixMask: number): number {
  let value = prefixMask;
  for (let shift = 0; shift < maxContinuationBits; shift += 7) {
    if (cursor.position >= cursor.end) return integerTruncated;
    const octet = cursor.bytes[cursor.position]!;
    cursor.position += 1;
    value += (octet & 0x7f) << shift;
    if (octet < 0x80) return value;
  }
  return integerTooLong;
}

/**
 * Writes an integer; the caller has made room.
 * @param pattern the bits of the first octet above the prefix.
 * @param value 0 to 2^28.
 * @returns one past the last octet written.
 */
export function encodeInteger(
  target: Uint8Array,
  offset: number,
  pattern: number,
  prefixMask: number,
  value: number,
): number {
  if (value < prefixMask) {
    target[offset] = pattern | value;
    return offset + 1;
  }
  target[offset] = pattern | prefixMask;
  let position = offset + 1;
  let rest = value - prefixMask;
  while (rest >= 0x80) {
    target[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  target[position] = rest;
  return position + 1;
}
