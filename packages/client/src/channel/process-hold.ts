// Keeps the process alive while somebody waits for a connection: sockets and other timers of channels do not.
import type { Clock, Timer } from "@trunkline/core";

/** As long as timers go; nothing happens then. */
const holdMs = 2 ** 31 - 1;

/** See the file's first line. */
export class ProcessHold {
  readonly #clock: Clock;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  hold(on: boolean): void {
    if (!on) {
      this.#timer?.cancel();
      this.#timer = undefined;
    } else if (this.#timer === undefined) {
      this.#timer = this.#clock.setTimer(holdMs, () => {
        this.#timer = undefined;
        this.hold(true);
      });
      this.#timer.keepAlive(true);
    }
  }
}
