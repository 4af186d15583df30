// Tells a leak from noise: how memory grows with the number of repetitions, once all is warm.

/** Memory after so many repetitions, bytes. */
export interface MemorySample {
  readonly done: number;
  /** In use after garbage collection, buffers included. */
  readonly heapBytes: number;
  readonly rssBytes: number;
}

/** What is too much. */
export interface LeakLimits {
  /** Growth of the heap for each repetition. */
  readonly heapBytesEach: number;
  /** Growth of resident memory from the middle of the run to its end. */
  readonly rssBytes: number;
}

/** What was found. */
export interface Growth {
  readonly heapBytesEach: number;
  readonly rssBytes: number;
  readonly faults: readonly string[];
}

/** The part of the run that only fills caches and pools. */
const warmShare = 0.3;

/** The slope of the line through the points with the least squares. */
export function slopeOf(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (at: 0 | 1): number =>
    points.reduce((sum, point) => sum + point[at], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let [above, below] = [0, 0];
  for (const [x, y] of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Judges samples that were taken at even distances. */
export function judgeGrowth(samples: readonly MemorySample[], limits: LeakLimits): Growth {
  const warm = samples.slice(Math.ceil(samples.length * warmShare));
  const heapBytesEach = slopeOf(warm.map(({ done, heapBytes }) => [done, heapBytes]));
  const half = warm.length >> 1;
  const rss = warm.map(({ rssBytes }) => rssBytes);
  const rssBytes = median(rss.slice(half)) - median(rss.slice(0, half));
  const faults: string[] = [];
  if (heapBytesEach > limits.heapBytesEach) {
    faults.push(
      `the heap grows by ${heapBytesEach.toFixed(1)} bytes each time, allowed: ${limits.heapBytesEach}`,
    );
  }
  if (rssBytes > limits.rssBytes) {
    faults.push(
      `resident memory grows by ${toMib(rssBytes)} MiB, allowed: ${toMib(limits.rssBytes)} MiB`,
    );
  }
  return { heapBytesEach, rssBytes, faults };
}

/** `1.5` */
export const toMib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
