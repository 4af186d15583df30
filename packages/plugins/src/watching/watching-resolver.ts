// A resolver that watches a registry of services: reads, follows what changes, and starts again after failures.
import {
  Backoff,
  type BackoffOptions,
  type Endpoint,
  type Resolver,
  type ResolverHost,
  type ResolverListener,
} from "@trunkline/client";
import type { Clock, Log } from "@trunkline/core";
import { pause } from "./time-limit.js";

/** What a source tells while it is being read. */
export interface WatchSession {
  /** Aborted when nobody wants to hear more, or when the source is to be read anew. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** All endpoints, as they are now. */
  found(endpoints: readonly Endpoint[]): void;
  /** The source has been heard of: what was found still holds. */
  confirmed(): void;
}

/** One service in one registry. */
export interface WatchSource {
  /** Which registry and which service, for logs: `etcd, keys "users/"`. */
  readonly name: string;
  /**
   * Reads and watches until the signal is aborted or something fails, with an error that names the
   * registry's address and the service. What it has learnt may serve the next run.
   * @param anew whether everything must be read again, however well the watch seems to be.
   */
  run(session: WatchSession, anew: boolean): Promise<void>;
  /** Ends all that it holds open. */
  close(): void;
}

/** A watch that has said nothing for so long is not believed when connections fail, milliseconds. */
const believedMs = 30_000;

/** See the file's first line. */
export class WatchingResolver implements Resolver {
  readonly #source: WatchSource;
  readonly #listener: ResolverListener;
  readonly #host: ResolverHost;
  readonly #backoff: Backoff;
  /** Ends the session under way, or the wait for the next one. */
  #turn: AbortController | undefined;
  #isClosed = false;
  #isPausing = false;
  #readsAnew = false;
  #heardMs = 0;
  /** What was told last, as text; undefined: nothing yet. */
  #told: string | undefined;
  #isOut = false;

  constructor(
    source: WatchSource,
    listener: ResolverListener,
    host: ResolverHost,
    backoff: BackoffOptions = {},
  ) {
    this.#source = source;
    this.#listener = listener;
    this.#host = host;
    this.#backoff = new Backoff({ maxMs: 30_000, ...backoff });
  }

  resolve(): void {
    if (this.#isClosed) return;
    if (this.#turn === undefined) {
      void this.#watch();
    } else if (this.#isPausing) {
      this.#turn.abort();
    } else if (this.#host.clock.now() - this.#heardMs > believedMs) {
      this.#readsAnew = true;
      this.#turn.abort(new Error("it is read anew"));
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#turn?.abort(new Error("the channel was closed"));
    this.#source.close();
  }

  async #watch(): Promise<void> {
    while (!this.#isClosed) {
      const turn = new AbortController();
      this.#turn = turn;
      this.#heardMs = this.#host.clock.now();
      const anew = this.#readsAnew;
      this.#readsAnew = false;
      const error = await this.#runOnce(turn.signal, anew);
      if (!turn.signal.aborted) {
        this.#failed(error);
        await this.#rest();
      }
    }
  }

  /** One session; resolves with what ended it. */
  async #runOnce(signal: AbortSignal, anew: boolean): Promise<Error> {
    const { clock, log } = this.#host;
    const found = (endpoints: readonly Endpoint[]): void => {
      if (!signal.aborted) this.#tell(endpoints);
    };
    const confirmed = (): void => {
      if (!signal.aborted) this.#confirm();
    };
    try {
      await this.#source.run({ signal, clock, log, found, confirmed }, anew);
      return new Error(`${this.#source.name}: the watch has ended`);
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #rest(): Promise<void> {
    if (this.#isClosed) return;
    this.#turn = new AbortController();
    this.#isPausing = true;
    await pause(this.#host.clock, this.#backoff.nextMs(), this.#turn.signal);
    this.#isPausing = false;
  }

  #confirm(): void {
    this.#heardMs = this.#host.clock.now();
    this.#backoff.reset();
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#host.log.info("the registry of services answers again", { source: this.#source.name });
  }

  #tell(endpoints: readonly Endpoint[]): void {
    this.#confirm();
    const text = JSON.stringify(endpoints);
    if (text === this.#told) return;
    this.#told = text;
    this.#listener.resolved({ endpoints });
  }

  /** What was found before stays in force, so the channel hears of failures only while there is nothing. */
  #failed(error: Error): void {
    const { log } = this.#host;
    const fields = { source: this.#source.name, error: error.message };
    if (this.#isOut) {
      log.debug("the registry of services still fails", fields);
    } else if (this.#told === undefined) {
      log.warn("the registry of services fails", fields);
    } else {
      log.warn("the registry of services fails: the endpoints known stay in use", fields);
    }
    this.#isOut = true;
    if (this.#told === undefined) this.#listener.failed(error);
  }
}
