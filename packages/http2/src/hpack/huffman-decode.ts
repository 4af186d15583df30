// Reads strings in Huffman code (RFC 7541 s5.2), with every rule about their ends.
import { endOfString, type HuffmanCode, huffmanCode } from "./huffman-code.js";

/** `decodeHuffman`: the string contains the end-of-string symbol. */
export const huffmanEndOfString = -1;
/** `decodeHuffman`: the string ends with more than seven bits of padding, or with padding that is not all ones. */
export const huffmanBadPadding = -2;

const maxCodeBits = 30;

interface DecodeTables {
  /** By the next eight bits: code length << 8 | symbol, or 0 where the code is longer than eight bits. */
  readonly short: Uint16Array;
  /** By length: the first code of that length, how many there are, and where their symbols start in `symbols`. */
  readonly firstCode: Uint32Array;
  readonly codeCount: Uint16Array;
  readonly symbolStart: Uint16Array;
  readonly symbols: readonly number[];
}

let tables: DecodeTables | undefined;

/**
 * Decodes the octets from `start` to `end` into `target`, as far as it has room; what lies behind is
 * counted and checked all the same.
 * @returns the decoded length, or `huffmanEndOfString` or `huffmanBadPadding`, both negative.
 */
export function decodeHuffman(
  bytes: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
): number {
  tables ??= buildTables(huffmanCode());
  const short = tables.short;
  let position = start;
  let pending = 0;
  // Of `pending`, the low `waiting` bits are unread: never more than 15.
  let waiting = 0;
  let length = 0;
  while (true) {
    if (waiting < 8) {
      if (position === end) return finish(pending, waiting, target, length);
      pending = (pending << 8) | bytes[position++]!;
      waiting += 8;
    }
    const found = short[(pending >>> (waiting - 8)) & 0xff]!;
    if (found !== 0) {
      target[length++] = found;
      waiting -= found >>> 8;
      continue;
    }
    const bit = decodeLong(tables, bytes, position * 8 - waiting, end * 8);
    if (bit < 0) return bit;
    target[length++] = longSymbol;
    position = (bit + 7) >>> 3;
    waiting = position * 8 - bit;
    pending = waiting === 0 ? 0 : bytes[position - 1]!;
  }
}

/** Fewer than eight bits are left: perhaps one symbol, then nothing but ones. */
function finish(pending: number, waiting: number, target: Uint8Array, length: number): number {
  if (waiting === 0) return length;
  const short = tables!.short;
  const found = short[((pending << (8 - waiting)) | (0xff >>> waiting)) & 0xff]!;
  if (found !== 0 && found >>> 8 <= waiting) {
    target[length] = found;
    return finish(pending, waiting - (found >>> 8), target, length + 1);
  }
  const ones = (1 << waiting) - 1;
  return (pending & ones) === ones ? length : huffmanBadPadding;
}

let longSymbol = 0;

/**
 * Reads a code of more than eight bits, bit by bit: such symbols are rare in header fields.
 * @returns the bit after it, with the symbol in `longSymbol`; or one of the negative verdicts.
 */
function decodeLong(from: DecodeTables, bytes: Uint8Array, start: number, end: number): number {
  let read = 0;
  // The code is complete: `maxCodeBits` ones, EOS, is its longest word, and nothing is left over.
  for (let bits = 1; ; bits++) {
    const bit = start + bits - 1;
    if (bit >= end) return huffmanBadPadding;
    read = (read << 1) | ((bytes[bit >>> 3]! >>> (7 - (bit & 7))) & 1);
    const rank = read - from.firstCode[bits]!;
    if (rank >= 0 && rank < from.codeCount[bits]!) {
      longSymbol = from.symbols[from.symbolStart[bits]! + rank]!;
      return longSymbol === endOfString ? huffmanEndOfString : bit + 1;
    }
  }
}

function buildTables({ lengths, codes, symbols }: HuffmanCode): DecodeTables {
  const short = new Uint16Array(256);
  const firstCode = new Uint32Array(maxCodeBits + 1);
  const codeCount = new Uint16Array(maxCodeBits + 1);
  const symbolStart = new Uint16Array(maxCodeBits + 1);
  symbols.forEach((symbol, rank) => {
    const bits = lengths[symbol]!;
    if (codeCount[bits] === 0) {
      firstCode[bits] = codes[symbol]!;
      symbolStart[bits] = rank;
    }
    codeCount[bits]! += 1;
    if (bits > 8) return;
    const first = codes[symbol]! << (8 - bits);
    short.fill((bits << 8) | symbol, first, first + (1 << (8 - bits)));
  });
  return { short, firstCode, codeCount, symbolStart, symbols };
}
