// One address and its connections, whoever uses them: connects when asked, backs off after failures, and opens more connections when all are full (gRFC A105).

import type { Clock, Timer } from "@trunkline/core";
import { Code, RpcError, UsageError } from "@trunkline/core";
import { type Address, formatAddress } from "../resolver/address.js";
import type { AttemptReceiver, Transport, TransportListener } from "../transport/transport.js";
import { Backoff, type BackoffOptions } from "./backoff.js";
import { ConnectivityState, canFollow } from "./state.js";
import {
  type ConnectionFollower,
  type ConnectionOwner,
  SubchannelConnection,
} from "./subchannel-connection.js";

/**
 * Opens a connection and waits for the server's SETTINGS. It must reject when `signal` is aborted.
 */
export type Connector = (
  address: Address,
  listener: TransportListener,
  signal: AbortSignal,
) => Promise<Transport>;

/** How a subchannel connects: the same for all channels that share it. */
export interface SubchannelSettings {
  readonly clock: Clock;
  readonly connector: Connector;
  /** Longest time from the first packet to the server's SETTINGS, milliseconds. */
  readonly connectTimeoutMs: number;
  readonly backoff: BackoffOptions | undefined;
}

/** Who uses a subchannel: the handle of one channel. */
export interface SubchannelUser {
  readonly follower: ConnectionFollower;
  /** Whether calls wait for a stream of this very subchannel. */
  readonly wantsStream: boolean;
  /** Connections that it would have at most. */
  readonly maxConnections: number;
  /** `state` is another one; it may have changed again since. */
  stateChanged(): void;
  /** Calls that wait for a stream may be tried. */
  streamsAvailable(): void;
  /** An attempt to connect has failed. */
  attemptFailed(error: Error): void;
  /** A connection takes no more calls, or is gone; there may be others. */
  connectionLost(transport: Transport, reason: Error): void;
}

/** After so many connections in a row that ended as they began, the address has failed. */
const mostGoodbyes = 4;

/** See the file's first line. */
export class Subchannel implements ConnectionOwner {
  readonly address: Address;
  state: ConnectivityState = ConnectivityState.IDLE;
  /** Why the last attempt failed, or the last connection was lost. */
  lastError: Error | undefined;
  retryAtMs: number | undefined;
  /** Attempts since the last one that succeeded, the one under way included. */
  attempts = 0;
  readonly #settings: SubchannelSettings;
  readonly #backoff: Backoff;
  readonly #unused: () => void;
  readonly #users = new Set<SubchannelUser>();
  readonly #known = new WeakSet<ConnectionFollower>();
  /** Those that take calls, the oldest first. */
  #connections: readonly SubchannelConnection[] = [];
  #attempt: AbortController | undefined;
  #attemptTimer: Timer | undefined;
  #retryTimer: Timer | undefined;

  /** @param unused called when its last user has left; it is of no use from then on. */
  constructor(address: Address, settings: SubchannelSettings, unused: () => void = () => {}) {
    this.address = address;
    this.#settings = settings;
    this.#backoff = new Backoff(settings.backoff);
    this.#unused = unused;
  }

  // --- for its users

  /** @returns whether it is the first of its channel here. */
  join(user: SubchannelUser): boolean {
    const isFirst = !this.#known.has(user.follower);
    this.#known.add(user.follower);
    this.#users.add(user);
    for (const connection of this.#connections) {
      connection.follow(user.follower);
    }
    return isFirst;
  }

  /** Once the last one has left, connections are closed as soon as their calls have ended. */
  leave(user: SubchannelUser): void {
    if (!this.#users.delete(user)) {
      return;
    }
    if (this.#users.size === 0) {
      this.#shutDown();
    } else if (!this.#isUsedBy(user.follower)) {
      for (const connection of this.#connections) {
        connection.unfollow(user.follower);
      }
    }
  }

  isUsedByOthersThan(follower: ConnectionFollower): boolean {
    return [...this.#users].some((user) => user.follower !== follower);
  }

  #isUsedBy(follower: ConnectionFollower): boolean {
    return [...this.#users].some((user) => user.follower === follower);
  }

  connect(): void {
    if (this.state === ConnectivityState.IDLE) {
      this.#startAttempt();
    }
  }

  /** Ends the wait after failures: the next attempt may begin at once, and counts as the first. */
  resetBackoff(): void {
    this.#backoff.reset();
    if (this.#retryTimer !== undefined) {
      this.#waitIsOver();
    }
  }

  get maxConcurrentCalls(): number {
    return this.#connections.reduce((sum, { transport }) => sum + transport.maxConcurrentCalls, 0);
  }

  get connectionCount(): number {
    return this.#connections.length;
  }

  /** Begins an attempt on the oldest connection that has a stream to spare. */
  start(call: AttemptReceiver): boolean {
    return this.startOn(call) !== undefined;
  }

  /** @returns the connection that the attempt runs on; undefined when none can take it. */
  startOn(call: AttemptReceiver): Transport | undefined {
    const connections = this.#connections;
    for (let i = 0; i < connections.length; i++) {
      const { transport } = connections[i] as SubchannelConnection;
      if (transport.start(call)) {
        return transport;
      }
    }
    return undefined;
  }

  /** Calls wait for a stream, or more connections are allowed than before: opens one more if that may help. */
  growIfWanted(): void {
    const { length } = this.#connections;
    const isBusy = this.#attempt !== undefined || this.#retryTimer !== undefined;
    if (length > 0 && !isBusy && length < this.#maxConnections() && this.#wantsStream()) {
      this.#startAttempt();
    }
  }

  #wantsStream(): boolean {
    return [...this.#users].some((user) => user.wantsStream);
  }

  /** gRFC A105: the largest that any of the channels allows. */
  #maxConnections(): number {
    return Math.max(...Array.from(this.#users, (user) => user.maxConnections));
  }

  // --- connecting

  #startAttempt(): void {
    const { clock, connectTimeoutMs } = this.#settings;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.attempts += 1;
    this.#attemptTimer = clock.setTimer(connectTimeoutMs, () => {
      attempt.abort(new Error(connectTimeoutText(this.address, connectTimeoutMs)));
    });
    void this.#tryConnect(attempt.signal, clock.now());
    this.#publish();
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
    for (let goodbyes = 1; ; goodbyes++) {
      const connection = new SubchannelConnection(this);
      const transport = await this.#settings.connector(this.address, connection, signal);
      if (transport.isOpen) {
        connection.bind(transport);
        return connection;
      }
      transport.drain();
      if (goodbyes === mostGoodbyes) {
        throw new Error(
          `${formatAddress(this.address)} closed the connection right after its SETTINGS, ${goodbyes} times in a row`,
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
    if (this.state === ConnectivityState.SHUTDOWN) {
      connection.transport.drain();
      return;
    }
    this.#attemptEnded();
    this.#backoff.reset();
    this.attempts = 0;
    this.#connections = [...this.#connections, connection];
    for (const user of [...this.#users]) {
      connection.follow(user.follower);
    }
    this.#publish();
    this.streamsFreed();
  }

  #failed(error: Error, startedMs: number): void {
    if (this.state === ConnectivityState.SHUTDOWN) {
      return;
    }
    this.#attemptEnded();
    const { clock } = this.#settings;
    const waitMs = Math.max(0, startedMs + this.#backoff.nextMs() - clock.now());
    this.lastError = error;
    this.retryAtMs = clock.now() + waitMs;
    this.#retryTimer = clock.setTimer(waitMs, () => this.#waitIsOver());
    for (const user of [...this.#users]) {
      user.attemptFailed(error);
    }
    this.#publish();
  }

  #waitIsOver(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    this.retryAtMs = undefined;
    this.#publish();
    this.growIfWanted();
  }

  // --- for its connections

  /** Streams have become free, or there is a new connection; the users get the first choice in turns. */
  streamsFreed(): void {
    const users = [...this.#users];
    for (const user of users) {
      user.streamsAvailable();
    }
    const [first] = users;
    if (users.length > 1 && first !== undefined && this.#users.delete(first)) {
      this.#users.add(first);
    }
    this.growIfWanted();
  }

  /** A connection takes no more calls, or is gone. */
  lost(connection: SubchannelConnection, reason: Error): void {
    if (!this.#connections.includes(connection)) {
      return;
    }
    this.#connections = this.#connections.filter((other) => other !== connection);
    this.lastError = reason;
    for (const user of [...this.#users]) {
      user.connectionLost(connection.transport, reason);
    }
    this.#publish();
    this.growIfWanted();
  }

  // --- its state

  /** gRFC A105: the first that holds. */
  #stateNow(): ConnectivityState {
    if (this.#connections.length > 0) return ConnectivityState.READY;
    if (this.#attempt !== undefined) return ConnectivityState.CONNECTING;
    if (this.#retryTimer !== undefined) return ConnectivityState.TRANSIENT_FAILURE;
    return ConnectivityState.IDLE;
  }

  #publish(): void {
    const state = this.#stateNow();
    if (state === this.state || this.state === ConnectivityState.SHUTDOWN) {
      return;
    }
    if (!canFollow(this.state, state)) {
      const name = formatAddress(this.address);
      throw new UsageError(`subchannel ${name} cannot go from ${this.state} to ${state}`);
    }
    this.state = state;
    for (const user of [...this.#users]) {
      user.stateChanged();
    }
  }

  #shutDown(): void {
    this.state = ConnectivityState.SHUTDOWN;
    const attempt = this.#attempt;
    const connections = this.#connections;
    this.#connections = [];
    this.#attemptEnded();
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    this.#unused();
    attempt?.abort(new RpcError(Code.CANCELLED, "the connection is no longer wanted"));
    for (const { transport } of connections) {
      transport.drain();
    }
  }
}

function connectTimeoutText(address: Address, timeoutMs: number): string {
  return `no HTTP/2 SETTINGS came from ${formatAddress(address)} within the connect timeout of ${timeoutMs} ms`;
}
