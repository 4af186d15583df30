// Drives a channel's resolver: when to ask, how long to wait after failures, and what is known so far.

import { type Clock, type Log, type Timer, traceStep } from "@trunkline/core";
import type {
  Resolution,
  Resolver,
  ResolverFactory,
  ResolverHost,
  ResolverListener,
} from "../resolver/resolver.js";
import type { Target } from "../resolver/target.js";
import type { Backoff } from "../subchannel/backoff.js";

/** Failing connections may ask again this often, milliseconds, unless the resolver says otherwise. Their own backoff makes it rarer soon. */
const defaultMinIntervalMs = 5000;
/** Answers that hold for less are not taken at their word, milliseconds. */
const minTtlMs = 1000;

/** See the file's first line. */
export class NameResolution implements ResolverListener {
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #target: string;
  readonly #backoff: Backoff;
  readonly #listener: ResolverListener;
  #timer: Timer | undefined;
  #dueMs = Infinity;
  #askedMs = -Infinity;
  /** The last look-up has failed: the next one comes when the backoff is over. */
  #isBackingOff = false;
  #isClosed = false;

  constructor(
    target: Target,
    factory: ResolverFactory,
    host: ResolverHost,
    backoff: Backoff,
    listener: ResolverListener,
  ) {
    this.#clock = host.clock;
    this.#log = host.log;
    this.#target = target.text;
    this.#backoff = backoff;
    this.#listener = listener;
    this.#resolver = factory.createResolver(target, this, host);
  }

  /** Asks now if enough time has passed since the last time, else as soon as it has. */
  request(): void {
    if (!this.#isBackingOff) {
      this.#askAt(this.#askedMs + (this.#resolver.minIntervalMs ?? defaultMinIntervalMs));
    }
  }

  /** Ends a wait after failures; the next one is the shortest again. */
  resetBackoff(): void {
    this.#backoff.reset();
    if (this.#isBackingOff) {
      this.#askAt(this.#clock.now());
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer();
    this.#resolver.close();
  }

  resolved(resolution: Resolution): void {
    this.#backoff.reset();
    if (this.#isBackingOff) {
      // A source that is watched has come back by itself.
      this.#isBackingOff = false;
      this.#stopTimer();
    }
    this.#listener.resolved(resolution);
    if (resolution.ttlMs !== undefined) {
      this.#askAt(this.#clock.now() + Math.max(minTtlMs, resolution.ttlMs));
    }
  }

  failed(error: Error): void {
    this.#listener.failed(error);
    if (!this.#isBackingOff) {
      this.#isBackingOff = true;
      this.#stopTimer();
      this.#askAt(this.#clock.now() + this.#backoff.nextMs());
    }
  }

  #ask(): void {
    this.#askedMs = this.#clock.now();
    this.#isBackingOff = false;
    traceStep(this.#log, "resolver", "resolver asked", { target: this.#target });
    this.#resolver.resolve();
  }

  /** The earlier of two times counts. */
  #askAt(atMs: number): void {
    if (this.#isClosed || this.#dueMs <= atMs) {
      return;
    }
    this.#stopTimer();
    const waitMs = atMs - this.#clock.now();
    if (waitMs > 0) {
      this.#dueMs = atMs;
      const fields = { target: this.#target, inMs: Math.round(waitMs) };
      traceStep(this.#log, "resolver", "resolver will be asked", fields);
      this.#timer = this.#clock.setTimer(waitMs, () => {
        this.#stopTimer();
        this.#ask();
      });
    } else {
      this.#ask();
    }
  }

  #stopTimer(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#dueMs = Infinity;
  }
}
