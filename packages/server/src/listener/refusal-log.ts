// Tells the log of refused connections, which come in floods: the first one, and then how many there were.
import type { Log } from "@trunkline/core";

/** Between two lines, in milliseconds. */
const quietMs = 10_000;

/** What the log is told of one reason to refuse connections. */
export class RefusalLog {
  readonly #log: Log;
  readonly #text: string;
  #since = 0;
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(log: Log, text: string) {
    this.#log = log;
    this.#text = text;
  }

  /** One was refused. */
  refused(fields: Readonly<Record<string, unknown>>, nowMs: number = performance.now()): void {
    this.#since++;
    if (nowMs < this.#quietUntilMs) return;
    this.#log.warn(this.#text, { ...fields, count: this.#since });
    this.#since = 0;
    this.#quietUntilMs = nowMs + quietMs;
  }
}
