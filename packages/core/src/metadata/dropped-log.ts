// Tells of received metadata that had to be dropped, seldom enough that no peer can flood a log with it.
import { nowMs } from "../call/clock.js";
import type { Log } from "../telemetry/log-port.js";

/** Lines are at least so far apart, in milliseconds, whatever the number of connections. */
const minIntervalMs = 1000;

/** One for each server and each channel. */
export class DroppedMetadataLog {
  readonly #log: Log;
  readonly #now: () => number;
  readonly #told = new WeakSet<object>();
  #nextMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds; default: the clock of deadlines. */
  constructor(log: Log, now: () => number = nowMs) {
    this.#log = log;
    this.#now = now;
  }

  /**
   * An entry was dropped.
   * @param connection that it came on: each is told of once at most.
   * @param name of the entry; its value is never told.
   */
  dropped(connection: object, peer: string, name: string, why: string): void {
    if (this.#told.has(connection)) return;
    this.#told.add(connection);
    const now = this.#now();
    if (now < this.#nextMs) return;
    this.#nextMs = now + minIntervalMs;
    this.#log.warn("metadata was dropped; this connection is not told of again", {
      peer,
      name: name.length > 100 ? `${name.slice(0, 100)}...` : name,
      why,
    });
  }
}
