// Measures how late the event loop is, as long as somebody has calls to be measured.
import type { Clock } from "@trunkline/core";

/** Between two measurements, in milliseconds. */
const periodMs = 20;
/** Timers of Node.js are up to a millisecond late by their very nature. */
const graceMs = 1;

/** Hears of each measurement. */
export interface LoopDelayListener {
  /** @returns whether to go on measuring. */
  delayed(delayMs: number, nowMs: number): boolean;
}

/** The delay of the event loop. Costs a timer every 20 ms while it is wanted, and nothing otherwise. */
export class LoopDelay {
  readonly #clock: Clock;
  readonly #listener: LoopDelayListener;
  #isRunning = false;

  constructor(clock: Clock, listener: LoopDelayListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Begins to measure, unless it does so already. */
  want(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#arm();
  }

  #arm(): void {
    const dueMs = this.#clock.now() + periodMs;
    this.#clock.setTimer(periodMs, () => {
      const nowMs = this.#clock.now();
      this.#isRunning = this.#listener.delayed(Math.max(0, nowMs - dueMs - graceMs), nowMs);
      if (this.#isRunning) this.#arm();
    });
  }
}
