// A token that is fetched when it is needed, kept while it is good, and fetched anew before it expires.
import { type Clock, Code, RpcError, systemClock, UsageError } from "@trunkline/core";
import { type CallCredentials, toBearer } from "./call-credentials.js";

/** A token as its issuer gives it. */
export interface IssuedToken {
  /** The token. */
  readonly token: string;
  /** When it expires, milliseconds since 1970; undefined: never. */
  readonly expiresAtMs?: number | undefined;
}

/** Options of `refreshingToken`. */
export interface RefreshingTokenOptions {
  /** Fetches a token. The signal is aborted after `timeoutMs`. */
  readonly fetch: (signal: AbortSignal) => Promise<IssuedToken>;
  /**
   * How long before its expiry a token is fetched anew, in the background, milliseconds, 0 or more; at most half of the time
   * that it is good for, so that short-lived ones are not fetched all the time. Default 60000.
   */
  readonly refreshBeforeMs?: number | undefined;
  /** Longest time of a fetch, milliseconds, more than 0. Default 10000. */
  readonly timeoutMs?: number | undefined;
  /** After a fetch that has failed, time until the next one; calls that have no token fail meanwhile. Milliseconds, 0 or more. Default 1000. */
  readonly retryAfterMs?: number | undefined;
  /** What expiry is measured with; for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Sends `authorization: Bearer <token>` with a token that expires. It is fetched with the first call; calls that come
 * meanwhile wait for the same fetch. Shortly before it expires a call has the next one fetched and goes on with the old one.
 * When no token can be had, calls fail with UNAVAILABLE, or with the `RpcError` that `fetch` has thrown.
 * @throws {UsageError} when an option is out of its range.
 */
export function refreshingToken(options: RefreshingTokenOptions): CallCredentials {
  return new RefreshingToken(options);
}

class RefreshingToken implements CallCredentials {
  readonly #fetch: RefreshingTokenOptions["fetch"];
  readonly #refreshBeforeMs: number;
  readonly #timeoutMs: number;
  readonly #retryAfterMs: number;
  readonly #clock: Clock;
  #metadata: { readonly authorization: string } | undefined;
  #expiresAtMs = -Infinity;
  /** From when on the next token is fetched. */
  #staleAtMs = -Infinity;
  #fetching: Promise<void> | undefined;
  #failure: unknown;
  #failedAtMs = -Infinity;

  constructor(options: RefreshingTokenOptions) {
    this.#fetch = options.fetch;
    if (typeof options.fetch !== "function") throw new UsageError("option fetch is no function");
    this.#refreshBeforeMs = checkMs("refreshBeforeMs", options.refreshBeforeMs ?? 60_000);
    this.#timeoutMs = checkMs("timeoutMs", options.timeoutMs ?? 10_000);
    this.#retryAfterMs = checkMs("retryAfterMs", options.retryAfterMs ?? 1000);
    this.#clock = options.clock ?? systemClock;
  }

  metadataFor(): { readonly authorization: string } | Promise<{ readonly authorization: string }> {
    const nowMs = this.#clock.now();
    if (this.#metadata === undefined || nowMs >= this.#expiresAtMs) return this.#wait(nowMs);
    if (nowMs >= this.#staleAtMs && this.#mayFetch(nowMs)) {
      void this.#refresh();
    }
    return this.#metadata;
  }

  async #wait(nowMs: number): Promise<{ readonly authorization: string }> {
    if (this.#mayFetch(nowMs)) await this.#refresh();
    if (this.#metadata === undefined || this.#clock.now() >= this.#expiresAtMs) {
      throw (
        this.#failure ?? new RpcError(Code.UNAVAILABLE, "the token that was fetched has expired")
      );
    }
    return this.#metadata;
  }

  #mayFetch(nowMs: number): boolean {
    return this.#fetching !== undefined || nowMs - this.#failedAtMs >= this.#retryAfterMs;
  }

  /** One fetch for all who wait; never rejects. */
  #refresh(): Promise<void> {
    this.#fetching ??= this.#load().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #load(): Promise<void> {
    const controller = new AbortController();
    let timer: ReturnType<Clock["setTimer"]> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = this.#clock.setTimer(this.#timeoutMs, () => {
        reject(new Error(`no token came within ${this.#timeoutMs} ms`));
        controller.abort();
      });
    });
    try {
      const issued = await Promise.race([this.#fetch(controller.signal), late]);
      this.#metadata = toBearer(issued.token);
      this.#expiresAtMs = issued.expiresAtMs ?? Infinity;
      const leftMs = this.#expiresAtMs - this.#clock.now();
      const aheadMs = Math.min(this.#refreshBeforeMs, leftMs / 2);
      this.#staleAtMs = this.#expiresAtMs - aheadMs;
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      this.#failedAtMs = this.#clock.now();
    } finally {
      timer?.cancel();
    }
  }
}

function checkMs(name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new UsageError(
    `option ${name} is ${String(value)}; it must be a number of milliseconds, 0 or more`,
  );
}
