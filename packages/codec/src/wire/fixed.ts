// Little-endian 4 and 8 byte values, through the scratch view, so that no view per buffer is needed.
import { cursor, failTruncated } from "./cursor.js";
import { setWords, words } from "./int64.js";

/** Reads four bytes as a signed integer. */
export function readWord(bytes: Uint8Array, start: number): number {
  if (start + 4 > cursor.limit) {
    failTruncated();
  }
  cursor.position = start + 4;
  return (
    bytes[start]! | (bytes[start + 1]! << 8) | (bytes[start + 2]! << 16) | (bytes[start + 3]! << 24)
  );
}

/** Reads eight bytes into the scratch words. */
export function readWords(bytes: Uint8Array, start: number): void {
  if (start + 8 > cursor.limit) {
    failTruncated();
  }
  setWords(readWord(bytes, start), readWord(bytes, start + 4));
}

export function readFloat(bytes: Uint8Array, start: number): number {
  words.setInt32(0, readWord(bytes, start), true);
  return words.getFloat32(0, true);
}

export function readDouble(bytes: Uint8Array, start: number): number {
  readWords(bytes, start);
  return words.getFloat64(0, true);
}

/** Writes the low 32 bits of `value`. @returns one past the last byte. */
export function writeWord(bytes: Uint8Array, start: number, value: number): number {
  bytes[start] = value;
  bytes[start + 1] = value >>> 8;
  bytes[start + 2] = value >>> 16;
  bytes[start + 3] = value >>> 24;
  return start + 4;
}

/** Writes the scratch words. @returns one past the last byte. */
export function writeWords(bytes: Uint8Array, start: number): number {
  writeWord(bytes, start, words.getInt32(0, true));
  return writeWord(bytes, start + 4, words.getInt32(4, true));
}

export function writeFloat(bytes: Uint8Array, start: number, value: number): number {
  words.setFloat32(0, value, true);
  return writeWord(bytes, start, words.getInt32(0, true));
}

export function writeDouble(bytes: Uint8Array, start: number, value: number): number {
  words.setFloat64(0, value, true);
  return writeWords(bytes, start);
}
