// Waits and time limits on a clock that tests can move, both ended early by a signal.
import type { Clock } from "@trunkline/core";

/** Resolves after `ms` milliseconds, or as soon as the signal is aborted. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimer(ms, end);
    function end(): void {
      timer.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    }
    signal.aborted ? end() : signal.addEventListener("abort", end);
  });
}

/** How long something may take, and what ends it early. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Whether what runs keeps the process alive. Default false. */
  readonly holdsProcess?: boolean;
}

/** A signal of its own for what runs under a time limit. */
export class Limited {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #end: () => void;
  readonly #limit: TimeLimit;
  #cancel: () => void = () => {};

  constructor(limit: TimeLimit) {
    this.#limit = limit;
    this.#outer = limit.signal;
    this.#end = () => this.#controller.abort(this.#outer.reason);
    this.#outer.aborted ? this.#end() : this.#outer.addEventListener("abort", this.#end);
    this.restart();
  }

  /** Aborted when the time is up, or by the signal of the limit. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Counts from now on again, up to another limit if one is given, in milliseconds. */
  restart(limitMs: number = this.#limit.limitMs): void {
    this.#cancel();
    const timer = this.#limit.clock.setTimer(limitMs, () =>
      this.#controller.abort(new Error(`nothing came for ${limitMs} ms`)),
    );
    timer.keepAlive(this.#limit.holdsProcess === true);
    this.#cancel = () => timer.cancel();
  }

  /** No time limit any more: only the outer signal counts. */
  lift(): void {
    this.#cancel();
  }

  /** To be called when what ran has ended. */
  end(): void {
    this.#cancel();
    this.#outer.removeEventListener("abort", this.#end);
  }
}

/** Runs something under a time limit: its signal is aborted when the time is up, and the promise rejected. */
export async function withTimeLimit<T>(
  limit: TimeLimit,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = new Limited(limit);
  try {
    return await run(limited.signal);
  } catch (error) {
    throw limited.signal.aborted ? limited.signal.reason : error;
  } finally {
    limited.end();
  }
}
