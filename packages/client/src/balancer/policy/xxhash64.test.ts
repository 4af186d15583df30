// XXH64 against values that other implementations publish, and against the algorithm written with BigInt.
import fc from "fast-check";
import { expect, it } from "vitest";
import { xxHash64 } from "./xxhash64.js";

it.each([
  ["", "ef46db3751d8e999"],
  ["a", "d24ec4f1a98c6e5b"],
  ["as", "1c330fb2d66be179"],
  ["asd", "631c37ce72a97393"],
  ["asdf", "415872f599cea71e"],
  ["abc", "44bc2cf5ad770999"],
  ["Call me Ishmael. Some years ago--never mind how long precisely-", "02a2e85470d6fd96"],
])("XXH64 of %j is %s", (text, hash) => {
  expect(xxHash64(text).toString(16).padStart(16, "0")).toBe(hash);
});

it("depends on the seed", () => {
  expect(xxHash64("a", 1n)).not.toBe(xxHash64("a"));
});

const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

const encoder = new TextEncoder();

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
const rotateLeft = (value: bigint, bits: bigint): bigint =>
  u64((value << bits) | (value >> (64n - bits)));
const mixLane = (lane: bigint, input: bigint): bigint =>
  u64(rotateLeft(u64(lane + input * prime2), 31n) * prime1);
const mergeLane = (hash: bigint, lane: bigint): bigint =>
  u64((hash ^ mixLane(0n, lane)) * prime1 + prime4);

/** The hash, 0 to 2^64 - 1. */
function referenceHash(text: string, seed = 0n): bigint {
  const bytes = encoder.encode(text);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stripesEnd = bytes.length - (bytes.length % 32);
  const start = stripesEnd === 0 ? u64(seed + prime5) : hashStripes(view, stripesEnd, seed);
  return avalanche(hashTail(view, stripesEnd, u64(start + BigInt(bytes.length))));
}

function hashStripes(view: DataView, end: number, seed: bigint): bigint {
  let a = u64(seed + prime1 + prime2);
  let b = u64(seed + prime2);
  let c = seed;
  let d = u64(seed - prime1);
  for (let at = 0; at < end; at += 32) {
    a = mixLane(a, view.getBigUint64(at, true));
    b = mixLane(b, view.getBigUint64(at + 8, true));
    c = mixLane(c, view.getBigUint64(at + 16, true));
    d = mixLane(d, view.getBigUint64(at + 24, true));
  }
  const sum = rotateLeft(a, 1n) + rotateLeft(b, 7n) + rotateLeft(c, 12n) + rotateLeft(d, 18n);
  return [a, b, c, d].reduce(mergeLane, u64(sum));
}

function hashTail(view: DataView, start: number, seeded: bigint): bigint {
  let hash = seeded;
  let at = start;
  for (; at + 8 <= view.byteLength; at += 8) {
    hash = u64(rotateLeft(hash ^ mixLane(0n, view.getBigUint64(at, true)), 27n) * prime1 + prime4);
  }
  if (at + 4 <= view.byteLength) {
    const input = BigInt(view.getUint32(at, true));
    hash = u64(rotateLeft(hash ^ u64(input * prime1), 23n) * prime2 + prime3);
    at += 4;
  }
  for (; at < view.byteLength; at++) {
    const input = BigInt(view.getUint8(at));
    hash = u64(rotateLeft(hash ^ u64(input * prime5), 11n) * prime1);
  }
  return hash;
}

function avalanche(seeded: bigint): bigint {
  let hash = u64((seeded ^ (seeded >> 33n)) * prime2);
  hash = u64((hash ^ (hash >> 29n)) * prime3);
  return hash ^ (hash >> 32n);
}

it("is what the algorithm in 64-bit numbers gives, for texts of every length and any seed", () => {
  const texts = fc.oneof(
    fc.string({ maxLength: 300 }),
    fc.string({ unit: "binary", maxLength: 80 }),
  );
  fc.assert(
    fc.property(texts, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (text, seed) => {
      expect(xxHash64(text, seed)).toBe(referenceHash(text, seed));
    }),
    { numRuns: 500 },
  );
});
