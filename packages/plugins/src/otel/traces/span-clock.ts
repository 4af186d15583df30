// Times of spans and events: as fine as performance.now(), as right as Date.now(), and the same for all spans of a process.

/** How far both clocks may be apart before they are set by each other again, milliseconds. */
const toleranceMs = 2;

/**
 * Since 1970 in milliseconds with fractions. SDKs by themselves tell begins in whole milliseconds, so that children
 * may seem to end after their parents; and `performance.timeOrigin` knows nothing of a clock that was set since.
 */
export class SpanClock {
  #offsetMs = 0;

  /** A time of `performance.now()`, which was just now. */
  epochMs(preciseMs: number): number {
    const apart = Date.now() - (performance.now() + this.#offsetMs);
    if (apart < -toleranceMs || apart > toleranceMs) this.#offsetMs += apart;
    return preciseMs + this.#offsetMs;
  }

  /** Now. */
  now(): number {
    return this.epochMs(performance.now());
  }
}
