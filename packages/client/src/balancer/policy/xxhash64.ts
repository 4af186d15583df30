// XXH64 of a text's UTF-8 bytes: the hash that ring_hash and random_subsetting share with other implementations (gRFC A42, A68).

// 64-bit numbers are pairs of 32-bit ones here: BigInt would make one hash cost as much as a fifth of a call.
const prime1High = 0x9e3779b1;
const prime1Low = 0x85ebca87;
const prime2High = 0xc2b2ae3d;
const prime2Low = 0x27d4eb4f;
const prime3High = 0x165667b1;
const prime3Low = 0x9e3779f9;
const prime4High = 0x85ebca77;
const prime4Low = 0xc2b2ae63;
const prime5High = 0x27d4eb2f;
const prime5Low = 0x165667c5;

/** The result of the last step: every step leaves it here, so that none makes an object. */
let high = 0;
let low = 0;

const encoder = new TextEncoder();
const scratch = new Uint8Array(256);
const laneHighs = new Int32Array(4);
const laneLows = new Int32Array(4);
const laneRotations = [1, 7, 12, 18] as const;
const parts = new Uint32Array(2);

/**
 * The hash in two halves.
 * @param into gets the higher half at 0, the lower half at 1.
 */
export function hashText(text: string, into: Uint32Array, seedHigh = 0, seedLow = 0): void {
  const length = writeAscii(text);
  if (length < 0) {
    const bytes = encoder.encode(text);
    hashBytes(bytes, bytes.length, seedHigh, seedLow);
  } else {
    hashBytes(scratch, length, seedHigh, seedLow);
  }
  into[0] = high;
  into[1] = low;
}

/** The hash, 0 to 2^64 - 1. */
export function xxHash64(text: string, seed = 0n): bigint {
  hashText(text, parts, Number(seed >> 32n), Number(seed & 0xffff_ffffn));
  return (BigInt(parts[0] as number) << 32n) | BigInt(parts[1] as number);
}

/** Metadata is short and ASCII as a rule. @returns how many bytes `scratch` holds; -1 for other texts. */
function writeAscii(text: string): number {
  const { length } = text;
  if (length > scratch.length) {
    return -1;
  }
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) {
      return -1;
    }
    scratch[i] = code;
  }
  return length;
}

function hashBytes(bytes: Uint8Array, length: number, seedHigh: number, seedLow: number): void {
  const stripesEnd = length - (length % 32);
  if (stripesEnd === 0) {
    add(seedHigh, seedLow, prime5High, prime5Low);
  } else {
    hashStripes(bytes, stripesEnd, seedHigh, seedLow);
  }
  add(high, low, 0, length);
  hashTail(bytes, stripesEnd, length);
  avalanche();
}

function hashStripes(bytes: Uint8Array, end: number, seedHigh: number, seedLow: number): void {
  add(seedHigh, seedLow, prime1High, prime1Low);
  add(high, low, prime2High, prime2Low);
  keepLane(0);
  add(seedHigh, seedLow, prime2High, prime2Low);
  keepLane(1);
  add(seedHigh, seedLow, 0, 0);
  keepLane(2);
  subtractPrime1(seedHigh, seedLow);
  keepLane(3);
  for (let at = 0; at < end; at += 8) {
    const lane = (at >> 3) & 3;
    mixLane(laneHighs[lane]!, laneLows[lane]!, readWord(bytes, at + 4), readWord(bytes, at));
    keepLane(lane);
  }
  mergeLanes();
}

function keepLane(lane: number): void {
  laneHighs[lane] = high;
  laneLows[lane] = low;
}

function mergeLanes(): void {
  let sumHigh = 0;
  let sumLow = 0;
  for (let lane = 0; lane < 4; lane++) {
    rotateLeft(laneHighs[lane]!, laneLows[lane]!, laneRotations[lane]!);
    add(high, low, sumHigh, sumLow);
    sumHigh = high;
    sumLow = low;
  }
  for (let lane = 0; lane < 4; lane++) {
    mixLane(0, 0, laneHighs[lane]!, laneLows[lane]!);
    multiply(high ^ sumHigh, low ^ sumLow, prime1High, prime1Low);
    add(high, low, prime4High, prime4Low);
    sumHigh = high;
    sumLow = low;
  }
}

function hashTail(bytes: Uint8Array, start: number, end: number): void {
  let at = start;
  for (; at + 8 <= end; at += 8) {
    const [oldHigh, oldLow] = [high, low];
    mixLane(0, 0, readWord(bytes, at + 4), readWord(bytes, at));
    rotateLeft(high ^ oldHigh, low ^ oldLow, 27);
    multiply(high, low, prime1High, prime1Low);
    add(high, low, prime4High, prime4Low);
  }
  if (at + 4 <= end) {
    const [oldHigh, oldLow] = [high, low];
    multiply(0, readWord(bytes, at), prime1High, prime1Low);
    rotateLeft(high ^ oldHigh, low ^ oldLow, 23);
    multiply(high, low, prime2High, prime2Low);
    add(high, low, prime3High, prime3Low);
    at += 4;
  }
  for (; at < end; at++) {
    const [oldHigh, oldLow] = [high, low];
    multiply(0, bytes[at]!, prime5High, prime5Low);
    rotateLeft(high ^ oldHigh, low ^ oldLow, 11);
    multiply(high, low, prime1High, prime1Low);
  }
}

function avalanche(): void {
  multiply(high, low ^ (high >>> 1), prime2High, prime2Low);
  multiply(high ^ (high >>> 29), low ^ ((low >>> 29) | (high << 3)), prime3High, prime3Low);
  low ^= high;
}

/** One round over a lane. */
function mixLane(laneHigh: number, laneLow: number, inputHigh: number, inputLow: number): void {
  multiply(inputHigh, inputLow, prime2High, prime2Low);
  add(high, low, laneHigh, laneLow);
  rotateLeft(high, low, 31);
  multiply(high, low, prime1High, prime1Low);
}

function readWord(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const sum = (aLow >>> 0) + (bLow >>> 0);
  high = (aHigh + bHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0;
  low = sum | 0;
}

function subtractPrime1(aHigh: number, aLow: number): void {
  const difference = (aLow >>> 0) - prime1Low;
  high = (aHigh - prime1High - (difference < 0 ? 1 : 0)) | 0;
  low = difference | 0;
}

/** By 1 to 31 bits. */
function rotateLeft(aHigh: number, aLow: number, bits: number): void {
  high = (aHigh << bits) | (aLow >>> (32 - bits));
  low = (aLow << bits) | (aHigh >>> (32 - bits));
}

/** The lower halves in pieces of 16 bits, as products of 32 bits do not fit a number. */
function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const [a0, a1] = [aLow & 0xffff, aLow >>> 16];
  const [b0, b1] = [bLow & 0xffff, bLow >>> 16];
  const p00 = a0 * b0;
  const p01 = a0 * b1;
  const p10 = a1 * b0;
  const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  const carried = a1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
  high = (carried + Math.imul(aLow, bHigh) + Math.imul(aHigh, bLow)) | 0;
  low = (p00 & 0xffff) | (middle << 16);
}
