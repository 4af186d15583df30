// What outlier_detection knows of the addresses of one endpoint: their calls, whether they are ejected, and the subchannels that hear of it.
import type { Address } from "../../resolver/address.js";
import type { AttemptObserver, AttemptOutcome } from "../balancer.js";

/** Who hears of an ejection. */
export interface Ejectable {
  readonly address: Address;
  eject(): void;
  readmit(): void;
  /** Its address belongs to another endpoint from now on. */
  moveTo(tracked: TrackedAddress): void;
}

/** See the file's first line. */
export class TrackedAddress implements AttemptObserver {
  readonly subchannels: Set<Ejectable> = new Set();
  /** Calls of the interval that has ended. */
  successes = 0;
  failures = 0;
  /** How often it was ejected without a quiet interval in between. */
  multiplier = 0;
  ejectedAtMs: number | undefined;
  #currentSuccesses = 0;
  #currentFailures = 0;

  started(): void {}

  ended({ code }: AttemptOutcome): void {
    if (code === 0) {
      this.#currentSuccesses += 1;
    } else {
      this.#currentFailures += 1;
    }
  }

  get volume(): number {
    return this.successes + this.failures;
  }

  /** A new interval begins; the old one's calls are judged. */
  nextInterval(): void {
    this.successes = this.#currentSuccesses;
    this.failures = this.#currentFailures;
    this.#currentSuccesses = 0;
    this.#currentFailures = 0;
  }

  /** Forgets all calls. */
  reset(): void {
    this.nextInterval();
    this.nextInterval();
  }

  eject(nowMs: number): void {
    this.ejectedAtMs = nowMs;
    this.multiplier += 1;
    for (const subchannel of this.subchannels) {
      subchannel.eject();
    }
  }

  readmit(): void {
    this.ejectedAtMs = undefined;
    for (const subchannel of this.subchannels) {
      subchannel.readmit();
    }
  }
}
