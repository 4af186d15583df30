// A leak is found in noise, and noise is not taken for one.
import { expect, it } from "vitest";
import { judgeGrowth, type MemorySample, slopeOf } from "./leak.js";

const mib = 2 ** 20;
const limits = { heapBytesEach: 16, rssBytes: 16 * mib };
/** A saw with teeth of 200 KB, as garbage collection leaves it. */
const noise = (index: number): number => ((index * 7919) % 13) * 16_384;

function samplesOf(heapBytesEach: number, rssBytesEach: number): MemorySample[] {
  return Array.from({ length: 20 }, (_, index) => {
    const done = (index + 1) * 5000;
    const heapBytes = 10 * mib + noise(index) + done * heapBytesEach;
    return { done, heapBytes, rssBytes: 90 * mib + noise(index) + done * rssBytesEach };
  });
}

it("the slope of a line is its slope", () => {
  expect(
    slopeOf([
      [1, 5],
      [2, 8],
      [3, 11],
    ]),
  ).toBe(3);
  expect(slopeOf([[1, 5]])).toBe(0);
});

it.each([
  [0, 0, 0],
  [30, 0, 1],
  [0, 500, 1],
  [30, 500, 2],
])("%i bytes of heap and %i of RSS each time: %i faults", (heap, rss, faults) => {
  expect(judgeGrowth(samplesOf(heap, rss), limits).faults.length).toBe(faults);
});

it("what happens while it warms up does not count", () => {
  const samples = samplesOf(0, 0).map((sample, index) =>
    index < 4 ? { ...sample, heapBytes: 0, rssBytes: 0 } : sample,
  );
  expect(judgeGrowth(samples, limits).faults).toEqual([]);
});
