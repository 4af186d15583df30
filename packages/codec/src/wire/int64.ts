// 64-bit integers as two 32-bit words in a scratch buffer: bigint work happens only at the edges.
import { protoInt64 } from "@bufbuild/protobuf";
import { fail } from "./cursor.js";

const scratch = new ArrayBuffer(8);

/** A 64-bit value as two words; LOW and HIGH say which is which on this machine. */
export const words: Int32Array = new Int32Array(scratch);
/** The scratch as a double. */
export const doubles: Float64Array = new Float64Array(scratch);
/** The first word of the scratch as a float. */
export const floats: Float32Array = new Float32Array(scratch);
const signed = new BigInt64Array(scratch);
const unsigned = new BigUint64Array(scratch);

/** Index of the low word: typed arrays have the byte order of the machine. */
export const LOW: number = 1 - new Uint8Array(Uint16Array.of(1).buffer)[0]!;
/** Index of the high word. */
export const HIGH: number = 1 - LOW;

export function setWords(low: number, high: number): void {
  words[LOW] = low;
  words[HIGH] = high;
}

/** The scratch words as int64: a bigint, or a string where bigint is switched off. */
export function takeSigned(): bigint {
  if (protoInt64.supported) {
    return signed[0]!;
  }
  return protoInt64.dec(words[LOW]!, words[HIGH]!);
}

/** The scratch words as uint64. */
export function takeUnsigned(): bigint {
  if (protoInt64.supported) {
    return unsigned[0]!;
  }
  return protoInt64.uDec(words[LOW]!, words[HIGH]!);
}

/** Undoes zigzag in the scratch words. */
export function unzigzagWords(): void {
  const low = words[LOW]!;
  const high = words[HIGH]!;
  const sign = -(low & 1);
  setWords(((low >>> 1) | (high << 31)) ^ sign, (high >>> 1) ^ sign);
}

/** Applies zigzag to the scratch words. */
export function zigzagWords(): void {
  const low = words[LOW]!;
  const high = words[HIGH]!;
  const sign = high >> 31;
  setWords((low << 1) ^ sign, ((high << 1) | (low >>> 31)) ^ sign);
}

/** Puts an int64 given as bigint, number or decimal string into the scratch words. */
export function putSigned(value: unknown): void {
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) {
    signed[0] = value;
    return;
  }
  putSlowly("int64", value, protoInt64.enc.bind(protoInt64));
}

/** Puts a uint64 given as bigint, number or decimal string into the scratch words. */
export function putUnsigned(value: unknown): void {
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) {
    unsigned[0] = value;
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
