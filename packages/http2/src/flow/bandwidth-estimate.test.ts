// The estimate alone: what makes a window grow, what does not, and where it ends.
import { expect, test } from "vitest";
import { BandwidthEstimate } from "./bandwidth-estimate.js";

const mib = 1 << 20;

test("a window that fills within a round trip doubles what arrived, up to its bound", () => {
  const estimate = new BandwidthEstimate(mib, 16 * mib);
  const windows: number[] = [];
  while (!estimate.isComplete) {
    expect(estimate.addSample(estimate.window, 100)).toBe(true);
    windows.push(estimate.window / mib);
  }
  expect(windows).toEqual([2, 4, 8, 16]);
});

test("two thirds of a window are enough, less is not", () => {
  expect(new BandwidthEstimate(mib, 16 * mib).addSample(0.65 * mib, 100)).toBe(false);
  const estimate = new BandwidthEstimate(mib, 16 * mib);
  expect(estimate.addSample(0.67 * mib, 100)).toBe(true);
  expect(estimate.window).toBeCloseTo(1.34 * mib, 0);
});

test("what arrives more slowly than before has queued: the window stays", () => {
  const estimate = new BandwidthEstimate(mib, 16 * mib);
  expect(estimate.addSample(mib, 10)).toBe(true);
  expect(estimate.addSample(2 * mib, 1000)).toBe(false);
  expect(estimate.window).toBe(2 * mib);
});

test("a clock too coarse for the round trip is not divided by", () => {
  const estimate = new BandwidthEstimate(mib, 16 * mib);
  expect(estimate.addSample(mib, 0)).toBe(true);
  expect(estimate.addSample(2 * mib, 0)).toBe(true);
});

test("a window that is as large as it may be does not grow", () => {
  const estimate = new BandwidthEstimate(mib, mib);
  expect(estimate.isComplete).toBe(true);
  expect(estimate.addSample(mib, 100)).toBe(false);
});
