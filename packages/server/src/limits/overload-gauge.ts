// How overloaded the server is, told from how late its event loop is: pure, time comes as an argument.

/** When a server counts as overloaded. */
export interface OverloadSetup {
  /** Delay of the event loop that is still good, in milliseconds. */
  readonly targetDelayMs: number;
  /** How long it must be above that without a break, in milliseconds. */
  readonly intervalMs: number;
}

/** The largest share of calls that is refused: what is let in shows whether it has become better. */
const mostRefused = 0.95;

/**
 * Says how many of the calls are to be refused. As CoDel does for packets (RFC 8289), it tells a queue that stands from one
 * that comes and goes: only when *no* delay of a whole interval was good is the server overloaded. From then on the share grows with
 * each bad delay, the faster the worse it is, and falls with each good one.
 */
export class OverloadGauge {
  /** The share of calls to refuse, 0 to 0.95. */
  share = 0;
  /** What was measured last, in milliseconds. */
  delayMs = 0;
  readonly #setup: OverloadSetup;
  #aboveSinceMs = Number.POSITIVE_INFINITY;

  constructor(setup: OverloadSetup) {
    this.#setup = setup;
  }

  /** So late was the event loop just now. */
  measured(delayMs: number, nowMs: number): void {
    const { targetDelayMs, intervalMs } = this.#setup;
    this.delayMs = delayMs;
    if (delayMs <= targetDelayMs) {
      this.#aboveSinceMs = Number.POSITIVE_INFINITY;
      this.share = this.share < 0.01 ? 0 : this.share * 0.85;
      return;
    }
    this.#aboveSinceMs = Math.min(this.#aboveSinceMs, nowMs);
    if (nowMs - this.#aboveSinceMs < intervalMs && this.share === 0) return;
    const excess = Math.min(2, delayMs / targetDelayMs - 1);
    this.share = Math.min(mostRefused, this.share + 0.05 + 0.05 * excess);
  }
}
