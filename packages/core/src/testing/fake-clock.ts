// A clock for tests, whose hands only move when the test turns them.

import type { Clock, Timer } from "../call/clock.js";
import { describeValue } from "../status/option-checks.js";
import { UsageError } from "../status/usage-error.js";

function checkMs(what: string, ms: number): number {
  if (typeof ms === "number" && ms >= 0 && ms < Number.POSITIVE_INFINITY) return ms;
  throw new UsageError(
    `${what} was called with ${describeValue(ms)}; it must be a number of milliseconds, 0 or more`,
  );
}

class FakeTimer implements Timer {
  readonly atMs: number;
  readonly wake: () => void;
  isCancelled = false;
  keepsAlive = false;

  constructor(atMs: number, wake: () => void) {
    this.atMs = atMs;
    this.wake = wake;
  }

  cancel(): void {
    this.isCancelled = true;
  }

  keepAlive(on: boolean): void {
    this.keepsAlive = on;
  }
}

/**
 * A clock that stands still until `advance` moves it. Give the same one to a server, its channels and a
 * faulty transport: their deadlines, waits and delays then pass when the test says so, and not before.
 * @example
 * const clock = new FakeClock();
 * const channel = createChannel(target, { connect, clock });
 * const call = client.getUser({ id: "1" }, { timeoutMs: 500 });
 * clock.advance(500);
 * await expect(call).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #timers: FakeTimer[] = [];

  /** @param startMs what it shows first, milliseconds since 1970. */
  constructor(startMs = 0) {
    this.#nowMs = checkMs("new FakeClock", startMs);
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#nowMs;
  }

  /** Calls `wake` once, when the clock has been moved by `ms` milliseconds. */
  setTimer(ms: number, wake: () => void): Timer {
    const timer = new FakeTimer(this.#nowMs + ms, wake);
    this.#timers.push(timer);
    return timer;
  }

  /** Timers that are set and keep the process alive. */
  get holding(): number {
    return this.#live().filter((timer) => timer.keepsAlive).length;
  }

  /** Milliseconds until each timer that is set. */
  get pending(): number[] {
    return this.#live().map((timer) => timer.atMs - this.#nowMs);
  }

  /**
   * Moves on, waking every timer at its own time, in order.
   * @param ms milliseconds, 0 or more.
   * @throws {UsageError} for anything else.
   */
  advance(ms: number): void {
    const untilMs = this.#nowMs + checkMs("advance", ms);
    for (;;) {
      const due = this.#live().filter((timer) => timer.atMs <= untilMs);
      const next = due.sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) {
        break;
      }
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.isCancelled = true;
      next.wake();
    }
    // What a timer woke may have moved the clock further.
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  #live(): FakeTimer[] {
    this.#timers = this.#timers.filter((timer) => !timer.isCancelled);
    return this.#timers;
  }
}
