// Writes strings, in Huffman code where that is shorter (RFC 7541 s5.2), without any buffer in between.
import { type HuffmanCode, huffmanCode } from "./huffman-code.js";
import { encodeInteger } from "./integer.js";

let code: HuffmanCode | undefined;

/**
 * Writes length and octets of a string whose characters stand for one octet each (only the low
 * eight bits count). The caller has made room for `text.length` and five octets.
 * @returns one past the last octet written.
 */
export function encodeString(target: Uint8Array, offset: number, text: string): number {
  const octets = huffmanByteLength(text);
  if (octets >= text.length) return encodePlain(target, offset, text);
  return encodeHuffman(target, encodeInteger(target, offset, 0x80, 0x7f, octets), text);
}

/** How many octets the text takes in Huffman code, padding included. */
export function huffmanByteLength(text: string): number {
  code ??= huffmanCode();
  const lengths = code.lengths;
  let bits = 7;
  for (let at = 0; at < text.length; at++) bits += lengths[text.charCodeAt(at) & 0xff]!;
  return Math.floor(bits / 8);
}

function encodePlain(target: Uint8Array, offset: number, text: string): number {
  let position = encodeInteger(target, offset, 0, 0x7f, text.length);
  for (let at = 0; at < text.length; at++) target[position++] = text.charCodeAt(at);
  return position;
}

/** Writes the octets alone, padded with ones. @returns one past the last octet written. */
export function encodeHuffman(target: Uint8Array, offset: number, text: string): number {
  code ??= huffmanCode();
  const { lengths, codes } = code;
  let position = offset;
  // The low `waiting` bits are still to be written; fewer than 8 between two symbols.
  let pending = 0;
  let waiting = 0;
  for (let at = 0; at < text.length; at++) {
    const symbol = text.charCodeAt(at) & 0xff;
    const bits = lengths[symbol]!;
    const symbolCode = codes[symbol]!;
    // 7 bits waiting and 30 more do not fit into 32, so long codes go in two parts.
    const lowBits = bits > 24 ? 16 : bits;
    if (bits > lowBits) {
      pending = (pending << (bits - lowBits)) | (symbolCode >>> lowBits);
      waiting += bits - lowBits;
      for (; waiting >= 8; waiting -= 8) target[position++] = pending >>> (waiting - 8);
    }
    pending = (pending << lowBits) | (symbolCode & ((1 << lowBits) - 1));
    waiting += lowBits;
    for (; waiting >= 8; waiting -= 8) target[position++] = pending >>> (waiting - 8);
  }
  if (waiting > 0) target[position++] = (pending << (8 - waiting)) | (0xff >>> waiting);
  return position;
}
