// Runs of raw bytes: `bytes` fields and the data of unknown fields.
import { cursor, fail } from "./cursor.js";
import { readLength } from "./text.js";
import { writeVarint32 } from "./varint.js";

/** Up to here a loop copies faster than a call into the platform. */
const LOOP_MAX_BYTES = 48;

/** Copies the bytes from `start` to `end`, or, when they are owned, keeps a view of them. */
export function sliceBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (cursor.owned) {
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
  }
  const length = end - start;
  const copy = new Uint8Array(length);
  if (length > LOOP_MAX_BYTES) {
    copy.set(new Uint8Array(bytes.buffer, bytes.byteOffset + start, length));
  } else {
    for (let i = 0; i < length; i++) {
      copy[i] = bytes[start + i]!;
    }
  }
  return copy;
}

export function readBlob(bytes: Uint8Array, start: number): Uint8Array {
  const length = readLength(bytes, start);
  const body = cursor.position;
  cursor.position = body + length;
  return sliceBytes(bytes, body, body + length);
}

/** Writes length and bytes. @returns one past the last byte. */
export function writeBlob(bytes: Uint8Array, start: number, value: unknown): number {
  const blob = toBytes(value);
  return writeRaw(bytes, writeVarint32(bytes, start, blob.length), blob);
}

/** Writes bytes as they are; nothing is written when they do not fit. */
export function writeRaw(bytes: Uint8Array, start: number, blob: Uint8Array): number {
  const end = start + blob.length;
  if (end <= bytes.length) {
    bytes.set(blob, start);
  }
  return end;
}

/** A Uint8Array, also one of another realm, or another view whose elements are bytes. */
function toBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    return value;
  }
  const view = value as { byteLength?: unknown; length?: unknown } | null | undefined;
  if (typeof view?.length === "number" && view.byteLength === view.length) {
    return Uint8Array.from(view as ArrayLike<number>);
  }
  return fail(`${value === null ? "null" : typeof value} is not a Uint8Array`);
}
