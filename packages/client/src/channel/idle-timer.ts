// Tells when a channel has been quiet for long enough to let go of everything (channel idle timeout).
import type { Clock, Timer } from "@trunkline/core";

/** See the file's first line. Costs no timer per call: one that fires too early is set again. */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #isBusy: () => boolean;
  readonly #idle: () => void;
  #quietSinceMs = 0;
  #timer: Timer | undefined;

  /** @param timeoutMs Infinity: never. */
  constructor(clock: Clock, timeoutMs: number, isBusy: () => boolean, idle: () => void) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#isBusy = isBusy;
    this.#idle = idle;
  }

  /** Something has happened just now: the time begins anew. */
  touch(): void {
    if (this.#timeoutMs !== Infinity) {
      this.#quietSinceMs = this.#clock.now();
    }
  }

  /** From now on it runs, until it says that the channel is idle or is stopped. */
  begin(): void {
    if (this.#timeoutMs !== Infinity && this.#timer === undefined) {
      this.touch();
      this.#arm(this.#timeoutMs);
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.setTimer(ms, () => this.#fired());
  }

  #fired(): void {
    this.#timer = undefined;
    const quietMs = this.#isBusy() ? 0 : this.#clock.now() - this.#quietSinceMs;
    if (quietMs < this.#timeoutMs) {
      this.#arm(this.#timeoutMs - quietMs);
    } else {
      this.#idle();
    }
  }
}
