// Instruments that keep totals themselves, for attributes that are the same object each time.
import type { Attributes, Counter, Histogram, MetricOptions } from "@opentelemetry/api";
import { CounterSeries, HistogramSeries } from "./histogram-series.js";

/** An instrument as it is exported. */
export interface TotalsDescriptor {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
}

/** See the file's first line: series are found by their object, not by what is in it. */
export class CounterTotals implements Counter {
  readonly descriptor: TotalsDescriptor;
  readonly series: Map<Attributes, CounterSeries> = new Map();

  constructor(descriptor: TotalsDescriptor) {
    this.descriptor = descriptor;
  }

  add(value: number, attributes: Attributes): void {
    let series = this.series.get(attributes);
    if (series === undefined) {
      series = new CounterSeries(attributes);
      this.series.set(attributes, series);
    }
    series.total += value;
  }
}

/** See the file's first line: series are found by their object, not by what is in it. */
export class HistogramTotals implements Histogram {
  readonly descriptor: TotalsDescriptor;
  readonly bounds: Float64Array;
  readonly series: Map<Attributes, HistogramSeries> = new Map();

  constructor(descriptor: TotalsDescriptor, bounds: readonly number[]) {
    this.descriptor = descriptor;
    this.bounds = Float64Array.from(bounds);
  }

  record(value: number, attributes: Attributes): void {
    let series = this.series.get(attributes);
    if (series === undefined) {
      series = new HistogramSeries(attributes, this.bounds);
      this.series.set(attributes, series);
    }
    series.record(value);
  }
}

/** Makes such instruments. */
export class TotalsMeter {
  readonly counters: CounterTotals[] = [];
  readonly histograms: HistogramTotals[] = [];

  createCounter(name: string, options: MetricOptions = {}): Counter {
    const counter = new CounterTotals(toDescriptor(name, options));
    this.counters.push(counter);
    return counter;
  }

  createHistogram(name: string, options: MetricOptions = {}): Histogram {
    const bounds = options.advice?.explicitBucketBoundaries ?? [];
    const histogram = new HistogramTotals(toDescriptor(name, options), bounds);
    this.histograms.push(histogram);
    return histogram;
  }
}

function toDescriptor(
  name: string,
  { description = "", unit = "" }: MetricOptions,
): TotalsDescriptor {
  return { name, description, unit };
}
