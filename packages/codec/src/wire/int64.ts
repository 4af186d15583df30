// 64-bit integers as two 32-bit words in a scratch view: bigint work happens only at the edges.
import { protoInt64 } from "@bufbuild/protobuf";
import { fail } from "./cursor.js";

/** Eight bytes, little-endian: the low word at 0, the high word at 4. */
export const words: DataView = new DataView(new ArrayBuffer(8));

export function setWords(low: number, high: number): void {
  words.setInt32(0, low, true);
  words.setInt32(4, high, true);
}

/** The scratch words as int64: a bigint, or a string where bigint is switched off. */
export function takeSigned(): bigint {
  if (protoInt64.supported) {
    return words.getBigInt64(0, true);
  }
  return protoInt64.dec(words.getInt32(0, true), words.getInt32(4, true));
}

/** The scratch words as uint64. */
export function takeUnsigned(): bigint {
  if (protoInt64.supported) {
    return words.getBigUint64(0, true);
  }
  return protoInt64.uDec(words.getInt32(0, true), words.getInt32(4, true));
}

/** Undoes zigzag in the scratch words. */
export function unzigzagWords(): void {
  const low = words.getInt32(0, true);
  const high = words.getInt32(4, true);
  const sign = -(low & 1);
  setWords(((low >>> 1) | (high << 31)) ^ sign, (high >>> 1) ^ sign);
}

/** Applies zigzag to the scratch words. */
export function zigzagWords(): void {
  const low = words.getInt32(0, true);
  const high = words.getInt32(4, true);
  const sign = high >> 31;
  setWords((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
}

/** Puts an int64 given as bigint, number or decimal string into the scratch words. */
export function putSigned(value: unknown): void {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) {
    words.setBigInt64(0, value, true);
    return;
  }
  putSlowly("int64", value, protoInt64.enc.bind(protoInt64));
}

/** Puts a uint64 given as bigint, number or decimal string into the scratch words. */
export function putUnsigned(value: unknown): void {
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) {
    words.setBigUint64(0, value, true);
    return;
  }
  putSlowly("uint64", value, protoInt64.uEnc.bind(protoInt64));
}

function putSlowly(
  type: string,
  value: unknown,
  split: (value: string | number | bigint) => { lo: number; hi: number },
): void {
  let halves: { lo: number; hi: number };
  try {
    halves = split(value as bigint);
  } catch {
    fail(`${String(value)} (${typeof value}) is not a valid ${type}`);
  }
  setWords(halves.lo, halves.hi);
}
