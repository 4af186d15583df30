// Which bucket a value belongs to, and what a series adds up.
import fc from "fast-check";
import { expect, it } from "vitest";
import { bucketOf, HistogramSeries } from "./histogram-series.js";

const bounds = Float64Array.from([0, 1, 10]);

it.each([
  [-1, 0],
  [0, 0],
  [0.5, 1],
  [1, 1],
  [1.1, 2],
  [10, 2],
  [11, 3],
])("%d is in bucket %i", (value, bucket) => {
  expect(bucketOf(bounds, value)).toBe(bucket);
});

it("finds the bucket that a search from the left would find", () => {
  const sorted = fc.uniqueArray(fc.double({ noNaN: true }), { maxLength: 50 });
  fc.assert(
    fc.property(sorted, fc.double({ noNaN: true }), (values, value) => {
      const all = Float64Array.from(values).sort();
      const found = all.findIndex((bound) => bound >= value);
      expect(bucketOf(all, value)).toBe(found < 0 ? all.length : found);
    }),
  );
});

it("adds up", () => {
  const series = new HistogramSeries({}, bounds);
  for (const value of [0.5, 7, 100, 7]) series.record(value);
  expect(series).toMatchObject({ count: 4, sum: 114.5, min: 0.5, max: 100 });
  expect([...series.counts]).toEqual([0, 1, 2, 1]);
});
