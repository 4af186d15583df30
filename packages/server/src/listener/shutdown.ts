// Ends a server: stops accepting, drains, cuts off what is left after a while. Always comes to an end.

import type { ServerObservers } from "../telemetry/server-observers.js";
import type { Listener } from "./listener.js";
import type { OpenConnections } from "./open-connections.js";

/** Options of `Server.shutdown`. */
export interface ShutdownOptions {
  /**
   * How long running calls may take to finish, in milliseconds; then they are cut off. 0: at once,
   * Infinity: as long as they want. Default 10,000.
   */
  readonly graceMs?: number | undefined;
}

/** The default of `graceMs`. */
const DEFAULT_GRACE_MS = 10_000;

/** How long sockets may take to close after their connection has ended, in milliseconds. */
const LINGER_MS = 1_500;

/** The longest delay that a timer of Node.js can have. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The end of one server, which may be asked for several times. */
export class Shutdown {
  readonly #listeners: readonly Listener[];
  readonly #connections: OpenConnections;
  readonly #observers: ServerObservers;
  #end: Promise<void> | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #cutOffAtMs = Number.POSITIVE_INFINITY;

  constructor(
    listeners: readonly Listener[],
    connections: OpenConnections,
    observers: ServerObservers,
  ) {
    this.#listeners = listeners;
    this.#connections = connections;
    this.#observers = observers;
  }

  get hasBegun(): boolean {
    return this.#end !== undefined;
  }

  /** Begins to end the server, or joins the end that has begun; the shortest grace counts. */
  begin({ graceMs = DEFAULT_GRACE_MS }: ShutdownOptions): Promise<void> {
    this.#end ??= this.#run();
    this.#limit(graceMs);
    return this.#end;
  }

  async #run(): Promise<void> {
    const closed = Promise.all(this.#listeners.map((listener) => listener.end()));
    this.#connections.refuse();
    // What handlers say to that, as health does to whoever watches, goes out before GOAWAY.
    if (this.#observers.size > 0) {
      await undefined;
      this.#observers.draining();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#connections.drain();
    await this.#connections.whenEmpty();
    clearTimeout(this.#timer);
    this.#cutOffAtMs = Number.NEGATIVE_INFINITY;
    const linger = setTimeout(() => this.#destroySockets(), LINGER_MS);
    await closed;
    clearTimeout(linger);
  }

  #limit(graceMs: number): void {
    const atMs = performance.now() + Math.max(0, graceMs);
    if (!(atMs < this.#cutOffAtMs)) return;
    this.#cutOffAtMs = atMs;
    clearTimeout(this.#timer);
    if (graceMs <= 0) this.#connections.cutOff();
    else if (graceMs <= MAX_TIMER_MS) {
      this.#timer = setTimeout(() => this.#connections.cutOff(), graceMs);
    }
  }

  #destroySockets(): void {
    for (const listener of this.#listeners) listener.destroySockets();
  }
}
