// String fields: length, then UTF-8. Short ASCII goes through a loop, the rest to the platform.
import { cursor, fail, failTruncated } from "./cursor.js";
import { textEngine } from "./text-engine.js";
import { placeLength, readVarint32, varint32Size, writeVarint32 } from "./varint.js";

/** From this many UTF-16 units on a call into the platform costs less than a loop. */
const LOOP_MAX_UNITS = 40;

/*
 * V8 has some ten internal kinds of strings. Code that has met more than four of them no longer knows
 * what `text.charCodeAt` is and looks it up for each character; this function it always knows.
 */
const unitAt = String.prototype.charCodeAt;

/** Writes length and text; lone surrogates become U+FFFD. @returns one past the last byte. */
export function writeText(bytes: Uint8Array, start: number, value: unknown): number {
  const text = typeof value === "string" ? value : String(value);
  const length = text.length;
  // The loops below write within bounds only: one store beyond them slows V8's code for good.
  if (length > LOOP_MAX_UNITS || start + 1 + length > bytes.length) {
    return writeLongText(bytes, start, text);
  }
  let position = start + 1;
  for (let i = 0; i < length; i++) {
    const unit = unitAt.call(text, i);
    if (unit > 0x7f) {
      return writeShortText(bytes, start, text);
    }
    bytes[position++] = unit;
  }
  bytes[start] = length;
  return position;
}

/** Anything but ASCII, of at most LOOP_MAX_UNITS. */
function writeShortText(bytes: Uint8Array, start: number, text: string): number {
  const body = start + 1;
  // A UTF-16 unit takes up to three bytes.
  if (body + text.length * 3 > bytes.length) {
    return writeLongText(bytes, start, text);
  }
  return placeLength(bytes, start, body, writeUnits(bytes, body, text));
}

function writeLongText(bytes: Uint8Array, start: number, text: string): number {
  const body = start + varint32Size(text.length);
  // Only where three bytes a unit might not fit the text is measured.
  if (bytes.length - body >= text.length * 3) {
    return placeLength(bytes, start, body, body + textEngine().write(bytes, text, body));
  }
  const size = textEngine().measure(text);
  const end = writeVarint32(bytes, start, size) + size;
  if (end <= bytes.length) {
    textEngine().write(bytes, text, end - size);
  }
  return end;
}

function writeUnits(bytes: Uint8Array, start: number, text: string): number {
  let position = start;
  for (let i = 0; i < text.length; i++) {
    let point = unitAt.call(text, i);
    if (point < 0x80) {
      bytes[position++] = point;
      continue;
    }
    if (point < 0x800) {
      bytes[position++] = 0xc0 | (point >> 6);
      bytes[position++] = 0x80 | (point & 0x3f);
      continue;
    }
    if ((point & 0xf800) === 0xd800) {
      point = text.codePointAt(i)!;
      if (point > 0xffff) {
        i++;
        bytes[position++] = 0xf0 | (point >> 18);
        bytes[position++] = 0x80 | ((point >> 12) & 0x3f);
        bytes[position++] = 0x80 | ((point >> 6) & 0x3f);
        bytes[position++] = 0x80 | (point & 0x3f);
        continue;
      }
      point = 0xfffd;
    }
    bytes[position++] = 0xe0 | (point >> 12);
    bytes[position++] = 0x80 | ((point >> 6) & 0x3f);
    bytes[position++] = 0x80 | (point & 0x3f);
  }
  return position;
}

/** Reads a length; what it announces must lie within the input. The cursor is left after it. */
export function readLength(bytes: Uint8Array, start: number): number {
  const length = readVarint32(bytes, start);
  if (cursor.position + length > cursor.limit) {
    failTruncated();
  }
  return length;
}

/** Reads length and text. `strict`: malformed UTF-8 is refused instead of replaced. */
export function readText(bytes: Uint8Array, start: number, strict: boolean): string {
  const length = readLength(bytes, start);
  const body = cursor.position;
  cursor.position = body + length;
  return sliceText(bytes, body, body + length, strict);
}

/** Turns the bytes from `start` to `end`, which lie within the input, into a string. */
export function sliceText(bytes: Uint8Array, start: number, end: number, strict: boolean): string {
  if (!strict) {
    return textEngine().read(bytes, start, end);
  }
  try {
    return textEngine().readStrictly(bytes, start, end);
  } catch {
    return fail("the string is not valid UTF-8");
  }
}
