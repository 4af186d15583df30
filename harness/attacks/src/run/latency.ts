// What the well-behaved client found: how many calls, which failed, how long they took.

/** Calls of one period. */
export interface CallFigures {
  readonly calls: number;
  /** Failures in words, the first few of them. */
  readonly failures: readonly string[];
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** The value below which the share `q` of all lies; 0 of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0;
}

/** The middle one; of an even number, the lower of the two in the middle. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);
