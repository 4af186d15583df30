// Checks the integers of RFC 7541 s5.1 against its examples, at their limits and when broken.
import fc from "fast-check";
import { expect, test } from "vitest";
import { Cursor, encodeInteger, integerTooLong, integerTruncated, readInteger } from "./integer.js";

function read(octets: number[], prefixMask: number): { value: number; position: number } {
  const cursor = new Cursor();
  cursor.aim(Uint8Array.from(octets), 0, octets.length);
  return { value: readInteger(cursor, prefixMask), position: cursor.position };
}

// RFC 7541 appendix C.1, then the edges of each prefix.
const examples: [value: number, prefixMask: number, octets: number[]][] = [
  [10, 0x1f, [0b01010]],
  [1337, 0x1f, [0b11111, 0b10011010, 0b00001010]],
  [42, 0xff, [42]],
  [0, 0x7f, [0]],
  [126, 0x7f, [126]],
  [127, 0x7f, [127, 0]],
  [254, 0x7f, [127, 127]],
  [255, 0x7f, [127, 128, 1]],
  [15, 0x0f, [15, 0]],
  [4096, 0x1f, [31, 0xe1, 0x1f]],
  [2 ** 28 + 126, 0x7f, [127, 0xff, 0xff, 0xff, 0x7f]],
];

test.each(examples)("%i with prefix %i is %j, both ways", (value, prefixMask, octets) => {
  expect(read(octets, prefixMask)).toEqual({ value, position: octets.length });
  const target = new Uint8Array(8);
  const end = encodeInteger(target, 1, 0, prefixMask, value);
  expect([...target.subarray(1, end)]).toEqual(octets);
});

test.each([
  ["no continuation", [0x7f], integerTruncated],
  ["an unfinished continuation", [0x7f, 0x80, 0x80], integerTruncated],
  ["six octets", [0x7f, 0x80, 0x80, 0x80, 0x80, 0x01], integerTooLong],
  ["endless zero padding (CVE-2023-33953)", [0x7f, ...new Array(64).fill(0x80)], integerTooLong],
] as [string, number[], number][])("refuses %s", (_, octets, verdict) => {
  expect(read(octets, 0x7f).value).toBe(verdict);
});

test("keeps the pattern above the prefix", () => {
  const target = new Uint8Array(4);
  encodeInteger(target, 0, 0x40, 0x3f, 2);
  encodeInteger(target, 1, 0x10, 0x0f, 15);
  expect([...target]).toEqual([0x42, 0x1f, 0, 0]);
});

test("any value comes back", () => {
  fc.assert(
    fc.property(fc.nat(2 ** 28), fc.constantFrom(0x7f, 0x3f, 0x1f, 0x0f), (value, prefixMask) => {
      const target = new Uint8Array(8);
      const end = encodeInteger(target, 0, 0, prefixMask, value);
      expect(read([...target.subarray(0, end)], prefixMask)).toEqual({ value, position: end });
    }),
  );
});
