// One address and its connections, whoever uses them: is in one state for all, and has more connections opened when all are full (gRFC A105).
import { UsageError } from "@trunkline/core";
import { type Address, formatAddress } from "../resolver/address.js";
import type { AttemptReceiver, Transport } from "../transport/transport.js";
import { type AttemptsHost, ConnectionAttempts } from "./connection-attempts.js";
import type { SubchannelSettings } from "./connector.js";
import { ConnectivityState, canFollow } from "./state.js";
import type { ConnectionFollower, SubchannelConnection } from "./subchannel-connection.js";

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

/** See the file's first line. */
export class Subchannel implements AttemptsHost {
  readonly address: Address;
  state: ConnectivityState = ConnectivityState.IDLE;
  /** Why the last attempt failed, or the last connection was lost. */
  lastError: Error | undefined;
  readonly #attempts: ConnectionAttempts;
  readonly #unused: () => void;
  readonly #users = new Set<SubchannelUser>();
  readonly #known = new WeakSet<ConnectionFollower>();
  /** Those that take calls, the oldest first. */
  #connections: readonly SubchannelConnection[] = [];

  /** @param unused called when its last user has left; it is of no use from then on. */
  constructor(address: Address, settings: SubchannelSettings, unused: () => void = () => {}) {
    this.address = address;
    this.#attempts = new ConnectionAttempts(this, settings);
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
    this.#attempts.resetBackoff();
  }

  /** Attempts since the last one that succeeded, the one under way included. */
  get attempts(): number {
    return this.#attempts.count;
  }

  get retryAtMs(): number | undefined {
    return this.#attempts.retryAtMs;
  }

  get maxConcurrentCalls(): number {
    return this.#connections.reduce((sum, { transport }) => sum + transport.maxConcurrentCalls, 0);
  }

  get connectionCount(): number {
    return this.#connections.length;
  }

  /** Those that take calls, the oldest first. */
  transports(): Transport[] {
    return this.#connections.map(({ transport }) => transport);
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
    const isBusy = this.#attempts.isUnderWay || this.#attempts.isWaiting;
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

  #startAttempt(): void {
    this.#attempts.begin();
    this.#publish();
  }

  // --- for its attempts to connect

  connected(connection: SubchannelConnection): void {
    this.#connections = [...this.#connections, connection];
    for (const user of [...this.#users]) {
      connection.follow(user.follower);
    }
    this.#publish();
    this.streamsFreed();
  }

  attemptFailed(error: Error): void {
    this.lastError = error;
    for (const user of [...this.#users]) {
      user.attemptFailed(error);
    }
    this.#publish();
  }

  waitIsOver(): void {
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
    if (this.#attempts.isUnderWay) return ConnectivityState.CONNECTING;
    if (this.#attempts.isWaiting) return ConnectivityState.TRANSIENT_FAILURE;
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
    const connections = this.#connections;
    this.#connections = [];
    this.#unused();
    this.#attempts.close();
    for (const { transport } of connections) {
      transport.drain();
    }
  }
}
