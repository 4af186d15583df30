// Reads the string literals of a block (RFC 7541 s5.2): checks them first, makes text of them only when asked.
import { decodeHuffman, huffmanEndOfString } from "./huffman-decode.js";
import { type Cursor, integerTooLong, readInteger } from "./integer.js";

const huffmanFlag = 0x80;
/** Scratch space beyond this is not kept. */
const keptScratchBytes = 65536;
const noBytes = new Uint8Array(0);

/** One string, decoded but not yet text. Reused for each string. */
export class StringLiteral {
  /** Where the decoded octets are, if there are not more than were asked for. */
  bytes: Uint8Array = noBytes;
  start = 0;
  end = 0;
  /** The decoded length, whatever it is. */
  byteLength = 0;
  #scratch: Uint8Array = noBytes;

  /**
   * Reads the literal at the cursor.
   * @param maxBytes how many decoded octets are of interest; more are checked and counted, but not stored.
   * @returns what is wrong with it, or undefined.
   */
  read(cursor: Cursor, maxBytes: number): string | undefined {
    if (cursor.position >= cursor.end) return "the block ends where a string should begin";
    const isHuffman = cursor.bytes[cursor.position]! >= huffmanFlag;
    const encodedBytes = readInteger(cursor, 0x7f);
    if (encodedBytes < 0) return lengthFault(encodedBytes);
    const left = cursor.end - cursor.position;
    if (encodedBytes > left) {
      return `a string of ${encodedBytes} octets is announced, but the block has only ${left} more`;
    }
    const start = cursor.position;
    cursor.position = start + encodedBytes;
    if (isHuffman) return this.#decode(cursor.bytes, start, cursor.position, maxBytes);
    this.#point(cursor.bytes, start, encodedBytes);
    return undefined;
  }

  /** The octets as text, one character each. Only when `byteLength` is within the `maxBytes` of `read`. */
  toText(): string {
    return textOf(this.bytes, this.start, this.end);
  }

  /** Lets go of the block's bytes. */
  drop(): void {
    this.bytes = noBytes;
    if (this.#scratch.length > keptScratchBytes) this.#scratch = noBytes;
  }

  #decode(bytes: Uint8Array, start: number, end: number, maxBytes: number): string | undefined {
    // The shortest codes have five bits.
    this.#reserve(Math.min(maxBytes, Math.floor(((end - start) * 8) / 5)));
    const length = decodeHuffman(bytes, start, end, this.#scratch);
    if (length < 0) return huffmanFault(length);
    this.#point(this.#scratch, 0, length);
    return undefined;
  }

  #point(bytes: Uint8Array, start: number, byteLength: number): void {
    this.bytes = bytes;
    this.start = start;
    this.end = start + byteLength;
    this.byteLength = byteLength;
  }

  #reserve(byteLength: number): void {
    if (this.#scratch.length >= byteLength) return;
    this.#scratch = new Uint8Array(Math.max(256, byteLength));
  }
}

function lengthFault(verdict: number): string {
  return verdict === integerTooLong
    ? "the length of a string takes more than 5 octets"
    : "the block ends inside the length of a string";
}

function huffmanFault(verdict: number): string {
  return verdict === huffmanEndOfString
    ? "a Huffman string contains the end-of-string symbol"
    : "a Huffman string ends with padding that is longer than 7 bits or not all ones";
}

/** Up to here a plain array of the right length beats a view of the bytes by far (25 ns against 70 ns and more). */
const shortText = 64;
const longTextChunk = 4096;
/** By length: arrays that carry characters to String.fromCharCode. */
const carriers: number[][] = [];

function textOf(bytes: Uint8Array, start: number, end: number): string {
  const length = end - start;
  if (length > shortText) return longTextOf(bytes, start, end);
  if (length === 0) return "";
  carriers[length] ??= new Array<number>(length).fill(0);
  const carrier = carriers[length];
  for (let at = 0; at < length; at++) carrier[at] = bytes[start + at]!;
  return String.fromCharCode.apply(undefined, carrier);
}

function longTextOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let from = start; from < end; from += longTextChunk) {
    const chunk = bytes.subarray(from, Math.min(end, from + longTextChunk));
    // The type wants an array; the language takes whatever has a length.
    text += String.fromCharCode.apply(undefined, chunk as unknown as number[]);
  }
  return text;
}
