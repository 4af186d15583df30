// Whole zstd frames, and all that is not: written by hand from RFC 8878, as not every Node.js has zstd.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isWholeZstd } from "./zstd-frame.js";

const magic = [0x28, 0xb5, 0x2f, 0xfd];

/** A block of `size` octets as they are (type 0), or one octet `size` times (type 1). */
function block(size: number, { isLast = true, type = 0 } = {}): number[] {
  const head = (isLast ? 1 : 0) | (type << 1) | (size << 3);
  const body = new Array<number>(type === 1 ? 1 : size).fill(7);
  return [head & 255, (head >> 8) & 255, head >> 16, ...body];
}

const whole: [string, number[]][] = [
  ["one segment, its size in one octet", [...magic, 0x20, 3, ...block(3)]],
  ["a window, no size", [...magic, 0x00, 0x58, ...block(3)]],
  ["a size of two octets", [...magic, 0x60, 0, 1, ...block(300)]],
  ["a window and a size of four octets", [...magic, 0x80, 0x58, 0, 1, 0, 0, ...block(300)]],
  ["a window and a size of eight octets", [...magic, 0xc0, 0x58, ...Array(8).fill(0), ...block(0)]],
  ["a dictionary of four octets", [...magic, 0x23, 1, 2, 3, 4, 3, ...block(3)]],
  ["a checksum", [...magic, 0x24, 3, ...block(3), 9, 9, 9, 9]],
  ["two blocks", [...magic, 0x00, 0x58, ...block(3, { isLast: false }), ...block(70_000)]],
  ["one octet many times", [...magic, 0x20, 200, ...block(200, { type: 1 })]],
  ["two frames", [...magic, 0x20, 3, ...block(3), ...magic, 0x20, 3, ...block(3)]],
  [
    "a skippable frame before",
    [0x5f, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 1, ...magic, 0x20, 0, ...block(0)],
  ],
];

describe("a frame with", () => {
  it.each(whole)("%s is whole, and no part of it is", (_name, octets) => {
    const bytes = Uint8Array.from(octets);
    expect(isWholeZstd(bytes)).toBe(true);
    const cuts = Array.from({ length: bytes.length }, (_, i) => i).filter(
      (i) => i < 40 || i > bytes.length - 40,
    );
    const wholeCuts = cuts.filter((length) => isWholeZstd(bytes.subarray(0, length)));
    const frameEnds: Record<string, number[]> = {
      "two frames": [12],
      "a skippable frame before": [10],
    };
    expect(wholeCuts).toEqual(frameEnds[_name] ?? []);
    expect(isWholeZstd(Uint8Array.from([...octets, 0]))).toBe(false);
  });

  it("a block of the reserved type is no frame", () => {
    expect(isWholeZstd(Uint8Array.from([...magic, 0x20, 3, ...block(3, { type: 3 })]))).toBe(false);
  });
});

it("any bytes are whole or not, and never a fault", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (tail) => {
      expect(isWholeZstd(tail)).toBe(false);
      expect(typeof isWholeZstd(Uint8Array.from([...magic, ...tail]))).toBe("boolean");
    }),
  );
});
