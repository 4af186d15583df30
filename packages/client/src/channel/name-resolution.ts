// Drives a channel's resolver: when to ask, how long to wait after failures, and what is known so far.

import type { Clock, Timer } from "@trunkline/core";
import type {
  Resolution,
  Resolver,
  ResolverFactory,
  ResolverHost,
  ResolverListener,
} from "../resolver/resolver.js";
import type { Target } from "../resolver/target.js";
import type { Backoff } from "../subchannel/backoff.js";

/** Failing connections may ask again this often, milliseconds. Their own backoff makes it rarer soon. */
const minIntervalMs = 5000;

/** See the file's first line. */
export class NameResolution implements ResolverListener {
  readonly #resolver: Resolver;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #listener: ResolverListener;
  #timer: Timer | undefined;
  #askedMs = -Infinity;
  #isClosed = false;

  constructor(
    target: Target,
    factory: ResolverFactory,
    host: ResolverHost,
    backoff: Backoff,
    listener: ResolverListener,
  ) {
    this.#clock = host.clock;
    this.#backoff = backoff;
    this.#listener = listener;
    this.#resolver = factory.createResolver(target, this, host);
  }

  /** Asks now if enough time has passed since the last time, else as soon as it has. */
  request(): void {
    if (this.#isClosed || this.#timer !== undefined) {
      return;
    }
    const waitMs = this.#askedMs + minIntervalMs - this.#clock.now();
    waitMs > 0 ? this.#later(waitMs) : this.#ask();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#resolver.close();
  }

  resolved(resolution: Resolution): void {
    this.#backoff.reset();
    this.#listener.resolved(resolution);
    if (resolution.ttlMs !== undefined && !this.#isClosed && this.#timer === undefined) {
      this.#later(Math.max(minIntervalMs, resolution.ttlMs));
    }
  }

  failed(error: Error): void {
    this.#listener.failed(error);
    if (!this.#isClosed && this.#timer === undefined) {
      this.#later(this.#backoff.nextMs());
    }
  }

  #ask(): void {
    this.#askedMs = this.#clock.now();
    this.#resolver.resolve();
  }

  #later(waitMs: number): void {
    this.#timer = this.#clock.setTimer(waitMs, () => {
      this.#timer = undefined;
      this.#ask();
    });
  }
}
