// The attempts of a subchannel to connect: one at a time, each bounded in time, with a wait after those that fail.
import { Code, RpcError, type Timer } from "@trunkline/core";
import { type Address, formatAddress } from "../resolver/address.js";
import { Backoff } from "./backoff.js";
import type { SubchannelSettings } from "./connector.js";
import { type ConnectionOwner, SubchannelConnection } from "./subchannel-connection.js";

/** The subchannel, as its attempts see it. */
export interface AttemptsHost extends ConnectionOwner {
  /** An attempt has succeeded. */
  connected(connection: SubchannelConnection): void;
  /** An attempt has failed; the wait has begun. */
  attemptFailed(error: Error): void;
  /** The next attempt may begin. */
  waitIsOver(): void;
}

/** After so many connections in a row that ended as they began, the address has failed. */
const mostGoodbyes = 4;

/** See the file's first line. */
export class ConnectionAttempts {
  /** Since the last one that succeeded, the one under way included. */
  count = 0;
  retryAtMs: number | undefined;
  readonly #host: AttemptsHost;
  readonly #settings: SubchannelSettings;
  readonly #backoff: Backoff;
  #attempt: AbortController | undefined;
  #attemptTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #isClosed = false;

  constructor(host: AttemptsHost, settings: SubchannelSettings) {
    this.#host = host;
    this.#settings = settings;
    this.#backoff = new Backoff(settings.backoff);
  }

  get isUnderWay(): boolean {
    return this.#attempt !== undefined;
  }

  /** The last one has failed, and it is too early for the next. */
  get isWaiting(): boolean {
    return this.#retryTimer !== undefined;
  }

  begin(): void {
    const { clock, connectTimeoutMs } = this.#settings;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.count += 1;
    this.#attemptTimer = clock.setTimer(connectTimeoutMs, () => {
      attempt.abort(new Error(connectTimeoutText(this.#host.address, connectTimeoutMs)));
    });
    void this.#tryConnect(attempt.signal, clock.now());
  }

  /** Ends the wait after failures: the next attempt may begin at once, and counts as the first. */
  resetBackoff(): void {
    this.#backoff.reset();
    if (this.isWaiting) {
      this.#endWait();
    }
  }

  /** Nothing is told to the host from now on. */
  close(): void {
    const attempt = this.#attempt;
    this.#isClosed = true;
    this.#attemptEnded();
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    attempt?.abort(new RpcError(Code.CANCELLED, "the connection is no longer wanted"));
  }

  async #tryConnect(signal: AbortSignal, startedMs: number): Promise<void> {
    try {
      this.#connected(await this.#open(signal));
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)), startedMs);
    }
  }

  /**
   * A connection whose first words are a goodbye came while the server was sending all others away, because of their age or
   * a restart: that is no failure to wait for, unless it happens again and again.
   */
  async #open(signal: AbortSignal): Promise<SubchannelConnection> {
    const { address } = this.#host;
    for (let goodbyes = 1; ; goodbyes++) {
      const connection = new SubchannelConnection(this.#host);
      const transport = await this.#settings.connector(address, connection, signal);
      if (transport.isOpen) {
        connection.bind(transport);
        return connection;
      }
      transport.drain();
      if (goodbyes === mostGoodbyes) {
        throw new Error(
          `${formatAddress(address)} closed the connection right after its SETTINGS, ${goodbyes} times in a row`,
        );
      }
    }
  }

  #attemptEnded(): void {
    this.#attemptTimer?.cancel();
    this.#attemptTimer = undefined;
    this.#attempt = undefined;
  }

  #connected(connection: SubchannelConnection): void {
    if (this.#isClosed) {
      connection.transport.drain();
      return;
    }
    this.#attemptEnded();
    this.#backoff.reset();
    this.count = 0;
    this.#host.connected(connection);
  }

  #failed(error: Error, startedMs: number): void {
    if (this.#isClosed) {
      return;
    }
    this.#attemptEnded();
    const { clock } = this.#settings;
    const waitMs = Math.max(0, startedMs + this.#backoff.nextMs() - clock.now());
    this.retryAtMs = clock.now() + waitMs;
    this.#retryTimer = clock.setTimer(waitMs, () => this.#endWait());
    this.#host.attemptFailed(error);
  }

  #endWait(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    this.retryAtMs = undefined;
    this.#host.waitIsOver();
  }
}

function connectTimeoutText(address: Address, timeoutMs: number): string {
  return `no HTTP/2 SETTINGS came from ${formatAddress(address)} within the connect timeout of ${timeoutMs} ms`;
}
