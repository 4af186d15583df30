// Time as calls and channels see it, so that tests can turn the hands themselves.

// Read once: the getter costs more than the clock.
const startOfProcess = performance.timeOrigin;

/**
 * Milliseconds since 1970 with fractions, on a clock that never goes back: the wall clock at the start
 * of the process plus what has passed since. All deadlines are times of this clock. `Date.now()` would
 * do harm twice: it is cut to whole milliseconds, so that a timeout could end early, and it jumps when
 * somebody sets the clock.
 */
export function nowMs(): number {
  return startOfProcess + performance.now();
}

/** One running timer. */
export interface Timer {
  /** Stops it; stopping twice is harmless. */
  cancel(): void;
  /** Whether the timer alone keeps the process alive; a new one does not. */
  keepAlive(on: boolean): void;
}

/** A clock that also wakes its user: the system's, or one of a test. */
export interface Clock {
  /** Milliseconds since 1970, with fractions; never goes back. */
  now(): number;
  /** Calls `wake` once, `ms` milliseconds from now (any length). */
  setTimer(ms: number, wake: () => void): Timer;
}

/** The longest delay a JavaScript timer takes: beyond it, it would fire at once. */
const longestDelayMs = 2 ** 31 - 1;

class SystemTimer implements Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;
  #keepAlive = false;
  readonly #wake: () => void;

  constructor(ms: number, wake: () => void) {
    this.#wake = wake;
    this.#arm(ms);
  }

  #arm(ms: number): void {
    const step = Math.min(ms, longestDelayMs);
    this.#handle = setTimeout(() => {
      this.#handle = undefined;
      if (ms > step) {
        this.#arm(ms - step);
      } else {
        this.#wake();
      }
    }, step);
    this.keepAlive(this.#keepAlive);
  }

  cancel(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }

  keepAlive(on: boolean): void {
    this.#keepAlive = on;
    // A browser's timer is a number, which holds nothing alive.
    if (typeof this.#handle === "object") {
      on ? this.#handle.ref() : this.#handle.unref();
    }
  }
}

/** The runtime's own clock. */
export const systemClock: Clock = {
  now: nowMs,
  setTimer: (ms, wake) => new SystemTimer(ms, wake),
};
