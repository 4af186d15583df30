// How long to wait between connection attempts (gRPC connection backoff document): grows, bounded, jittered.
import { UsageError } from "@trunkline/core";

/** Tuning of the wait between connection attempts to one address. */
export interface BackoffOptions {
  /** Wait after the first failure, milliseconds. Default 1000. */
  readonly initialMs?: number | undefined;
  /** Factor from one wait to the next, at least 1. Default 1.6. */
  readonly multiplier?: number | undefined;
  /** Share by which a wait is randomly longer or shorter, 0 to 1. Default 0.2. */
  readonly jitter?: number | undefined;
  /** Longest wait before jitter, milliseconds. Default 120000. */
  readonly maxMs?: number | undefined;
}

/** The waits of one address: `nextMs` after each failure, `reset` after a success. */
export class Backoff {
  readonly #initialMs: number;
  readonly #multiplier: number;
  readonly #jitter: number;
  readonly #maxMs: number;
  readonly #random: () => number;
  #baseMs: number;

  /** @throws {UsageError} when an option is out of its range. */
  constructor(options: BackoffOptions = {}, random: () => number = Math.random) {
    this.#initialMs = check("initialMs", options.initialMs ?? 1000, 1, Number.MAX_SAFE_INTEGER);
    this.#multiplier = check("multiplier", options.multiplier ?? 1.6, 1, 1000);
    this.#jitter = check("jitter", options.jitter ?? 0.2, 0, 1);
    this.#maxMs = check(
      "maxMs",
      options.maxMs ?? 120_000,
      this.#initialMs,
      Number.MAX_SAFE_INTEGER,
    );
    this.#random = random;
    this.#baseMs = this.#initialMs;
  }

  /** The wait that follows one more failure, milliseconds, jitter applied. */
  nextMs(): number {
    const base = this.#baseMs;
    this.#baseMs = Math.min(base * this.#multiplier, this.#maxMs);
    return base * (1 + this.#jitter * (2 * this.#random() - 1));
  }

  /** The next failure counts as the first one again. */
  reset(): void {
    this.#baseMs = this.#initialMs;
  }
}

function check(name: string, value: number, least: number, most: number): number {
  if (!(value >= least && value <= most)) {
    throw new UsageError(`backoff.${name} is ${value}; it must be from ${least} to ${most}`);
  }
  return value;
}
