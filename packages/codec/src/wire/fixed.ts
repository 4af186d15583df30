// Little-endian 4 and 8 byte values, through the scratch buffer, so that no view per input is needed.
import { cursor, failTruncated } from "./cursor.js";
import { doubles, floats, HIGH, LOW, setWords, words } from "./int64.js";

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
  words[0] = readWord(bytes, start);
  return floats[0]!;
}

export function readDouble(bytes: Uint8Array, start: number): number {
  readWords(bytes, start);
  return doubles[0]!;
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
  writeWord(bytes, start, words[LOW]!);
  return writeWord(bytes, start + 4, words[HIGH]!);
}

export function writeFloat(bytes: Uint8Array, start: number, value: number): number {
  floats[0] = value;
  return writeWord(bytes, start, words[0]!);
}

export function writeDouble(bytes: Uint8Array, start: number, value: number): number {
  doubles[0] = value;
  return writeWords(bytes, start);
}
