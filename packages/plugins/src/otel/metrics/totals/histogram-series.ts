// What a histogram or a counter knows of one set of attributes: totals and buckets, in numbers alone.
import type { Attributes } from "@opentelemetry/api";

/** The totals of a counter. */
export class CounterSeries {
  readonly attributes: Attributes;
  total = 0;

  constructor(attributes: Attributes) {
    this.attributes = attributes;
  }
}

/** The totals of a histogram. */
export class HistogramSeries {
  readonly attributes: Attributes;
  /** One more than there are bounds; a bound belongs to the bucket below it. */
  readonly counts: Float64Array;
  count = 0;
  sum = 0;
  min: number = Infinity;
  max: number = -Infinity;
  readonly #bounds: Float64Array;

  constructor(attributes: Attributes, bounds: Float64Array) {
    this.attributes = attributes;
    this.counts = new Float64Array(bounds.length + 1);
    this.#bounds = bounds;
  }

  /** One more value. */
  record(value: number): void {
    this.count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    const at = bucketOf(this.#bounds, value);
    this.counts[at] = this.counts[at]! + 1;
  }
}

/** The first bucket whose bound is not below the value. */
export function bucketOf(bounds: Float64Array, value: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
