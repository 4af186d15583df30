// The Huffman code of RFC 7541 appendix B. It is canonical, so the lengths say it all.

/** Code length in bits of each octet value, and at 256 of the end-of-string symbol. */
// biome-ignore format: a table of sixteen a line can be compared with the RFC
const lengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

/** The symbol that must never appear in a string (RFC 7541 s5.2). */
export const endOfString = 256;

export interface HuffmanCode {
  /** Bits of each symbol's code, 5 to 30. */
  readonly lengths: Uint8Array;
  /** Each symbol's code, in the low bits. */
  readonly codes: Uint32Array;
  /** All symbols in the order of their codes. */
  readonly symbols: readonly number[];
}

let code: HuffmanCode | undefined;

/** The whole code, worked out at first use. */
export function huffmanCode(): HuffmanCode {
  code ??= assignCodes();
  return code;
}

/** Shorter codes come first, equal lengths in the order of symbols; each code is the one before plus one. */
function assignCodes(): HuffmanCode {
  const symbols = lengths.map((_, symbol) => symbol);
  symbols.sort((a, b) => lengths[a]! - lengths[b]! || a - b);
  const codes = new Uint32Array(lengths.length);
  let next = 0;
  let bits = lengths[symbols[0]!]!;
  for (const symbol of symbols) {
    next <<= lengths[symbol]! - bits;
    bits = lengths[symbol]!;
    codes[symbol] = next;
    next += 1;
  }
  return { lengths: Uint8Array.from(lengths), codes, symbols };
}
