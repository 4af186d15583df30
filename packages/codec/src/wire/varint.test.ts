// Varints against BigInt arithmetic, and every way in which they can be malformed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cursor } from "./cursor.js";
import {
  putSigned,
  putUnsigned,
  takeSigned,
  takeUnsigned,
  unzigzagWords,
  zigzagWords,
} from "./int64.js";
import {
  placeLength,
  readTag,
  readVarint32,
  readVarint64,
  varint32Size,
  writeInt32,
  writeVarint32,
  writeVarint64,
} from "./varint.js";

function encodeSlowly(value: bigint, padding = 0): number[] {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    if (rest < 128n) {
      break;
    }
  }
  for (let i = 0; i < padding; i++) {
    bytes.push(0x80);
  }
  bytes[bytes.length - 1]! &= 0x7f;
  return bytes;
}

function readSigned(bytes: Uint8Array): unknown {
  readVarint64(bytes, 0);
  return takeSigned();
}

/** Reads with and without room behind, for these are two ways through the code. */
function readBothWays<T>(encoded: readonly number[], read: (bytes: Uint8Array) => T): T {
  const bytes = Uint8Array.from([...encoded, ...Array<number>(12).fill(0xff)]);
  cursor.limit = encoded.length;
  const atEnd = read(bytes);
  expect(cursor.position).toBe(encoded.length);
  cursor.limit = bytes.length;
  const inside = read(bytes);
  expect(cursor.position).toBe(encoded.length);
  expect(inside).toEqual(atEnd);
  return atEnd;
}

const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });

describe("varints", () => {
  it("hold 64 bits, in as many bytes as they like up to ten", () => {
    fc.assert(
      fc.property(int64, fc.nat({ max: 9 }), (value, padding) => {
        const bytes = encodeSlowly(value);
        const padded = encodeSlowly(value, Math.min(padding, 10 - bytes.length));
        expect(readBothWays(padded, readSigned)).toBe(value);
        expect(readBothWays(padded, (input) => readVarint32(input, 0))).toBe(
          Number(BigInt.asUintN(32, value)),
        );
        const target = new Uint8Array(10);
        putSigned(value);
        expect([...target.subarray(0, writeVarint64(target, 0))]).toEqual(bytes);
      }),
    );
  });

  it("hold 32 bits, negative ones as 64", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }), (value) => {
        const target = new Uint8Array(10);
        const end =
          value < 2 ** 31 ? writeInt32(target, 0, value) : writeVarint32(target, 0, value);
        expect([...target.subarray(0, end)]).toEqual(encodeSlowly(BigInt(value)));
      }),
    );
  });

  it("zigzag", () => {
    fc.assert(
      fc.property(int64, (value) => {
        putSigned(value);
        zigzagWords();
        expect(takeUnsigned()).toBe(BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)));
        unzigzagWords();
        expect(takeSigned()).toBe(value);
      }),
    );
  });

  it.each([0, 1, 2, 5, 9])("are refused when they end after %i bytes", (length) => {
    const bytes = new Uint8Array(length + 20).fill(0x80);
    cursor.limit = length;
    expect(() => readVarint32(bytes, 0)).toThrow(/middle of a value/);
    expect(() => readVarint64(bytes, 0)).toThrow(/middle of a value/);
  });

  it("are refused when they are longer than ten bytes", () => {
    const bytes = new Uint8Array(40).fill(0x80);
    cursor.limit = 40;
    expect(() => readVarint32(bytes, 0)).toThrow(/longer than 10 bytes/);
    expect(() => readVarint64(bytes, 0)).toThrow(/longer than 10 bytes/);
  });
});

describe("readTag", () => {
  it.each([
    [[0x0a], 10],
    [[0x8a, 0x00], 10],
    [[0x8a, 0x80, 0x80, 0x80, 0x00], 10],
    [[0xfd, 0xff, 0xff, 0xff, 0x0d], 0xdffffffd],
  ])("reads %j", (bytes, tag) => {
    expect(readBothWays(bytes, (input) => readTag(input, 0))).toBe(tag);
  });

  it.each([
    [[0x00]],
    [[0x02]],
    [[0x0e]],
    [[0x0f]],
    [[0x8a, 0x80, 0x80, 0x80, 0x10]],
    [[0x8a, 0x80, 0x80, 0x80, 0x80, 0x00]],
  ])("refuses %j", (bytes) => {
    cursor.limit = bytes.length;
    expect(() => readTag(Uint8Array.from(bytes), 0)).toThrow(/tag/);
  });
});

describe("64-bit input", () => {
  it.each([1n << 63n, -(1n << 63n) - 1n, 1.5, "x", undefined, null, {}])(
    "refuses %s as int64",
    (value) => {
      expect(() => putSigned(value)).toThrow(/is not a valid int64/);
    },
  );

  it.each([1n << 64n, -1n, -1, "-1"])("refuses %s as uint64", (value) => {
    expect(() => putUnsigned(value)).toThrow(/is not a valid uint64/);
  });

  it.each([
    [5n, 5n],
    [5, 5n],
    ["5", 5n],
    [true, 1n],
  ])("takes %s", (value, expected) => {
    putUnsigned(value);
    expect(takeUnsigned()).toBe(expected);
  });
});

describe("varint32Size", () => {
  it.each([
    [0, 1],
    [0x7f, 1],
    [0x80, 2],
    [0x3fff, 2],
    [0x4000, 3],
    [0x1fffff, 3],
    [0x200000, 4],
    [0xfffffff, 4],
    [0x10000000, 5],
    [0xffffffff, 5],
  ])("of %i is %i", (value, size) => {
    expect(varint32Size(value)).toBe(size);
    expect(writeVarint32(new Uint8Array(5), 0, value)).toBe(size);
  });
});

describe("placeLength", () => {
  it.each([0, 1, 127, 128, 300, 16_383, 16_384, 2_097_152])(
    "makes room for a length of %i",
    (length) => {
      const bytes = new Uint8Array(length + 10);
      bytes.subarray(3, 3 + length).fill(0x41);
      const end = placeLength(bytes, 2, 3, 3 + length);
      cursor.limit = end;
      expect(readVarint32(bytes, 2)).toBe(length);
      expect(end - cursor.position).toBe(length);
      expect(bytes.subarray(cursor.position, end).every((byte) => byte === 0x41)).toBe(true);
    },
  );
});
