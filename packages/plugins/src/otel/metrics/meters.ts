// Makes the instruments that are wanted; those that are not are undefined, and nothing is recorded for them.
import type { Counter, Histogram, Meter } from "@opentelemetry/api";
import type { InstrumentSpec } from "./instruments.js";

/** Which instruments are wanted besides, or not, by their names. */
export interface InstrumentChoice {
  readonly enabled: ReadonlySet<string>;
  readonly disabled: ReadonlySet<string>;
}

/** What of a meter is needed. */
export type CallMeter = Pick<Meter, "createCounter" | "createHistogram">;

/** See the file's first line. */
export class Meters {
  readonly meter: CallMeter;
  readonly #choice: InstrumentChoice;

  constructor(meter: CallMeter, choice: InstrumentChoice) {
    this.meter = meter;
    this.#choice = choice;
  }

  /** Whether an instrument is wanted. */
  wants({ name, isExperimental }: InstrumentSpec): boolean {
    if (this.#choice.disabled.has(name)) return false;
    return isExperimental !== true || this.#choice.enabled.has(name);
  }

  /** A counter, if it is wanted. */
  counter(spec: InstrumentSpec): Counter | undefined {
    if (!this.wants(spec)) return undefined;
    const { name, unit, description } = spec;
    return this.meter.createCounter(name, { unit, description });
  }

  /** A histogram with its own bucket boundaries, if it is wanted. */
  histogram(spec: InstrumentSpec): Histogram | undefined {
    if (!this.wants(spec)) return undefined;
    const { name, unit, description, bounds = [] } = spec;
    const advice = { explicitBucketBoundaries: [...bounds] };
    return this.meter.createHistogram(name, { unit, description, advice });
  }
}
