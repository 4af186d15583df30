// A subchannel as one policy of one channel has it: IDLE until it is asked to connect, whatever others do with the connections beneath.
import type { ConnectionInfo, DescribedSubchannel } from "@trunkline/core";
import type { BalancedSubchannel, HealthWatch } from "../balancer/balancer.js";
import type { PendingCall } from "../call/call-host.js";
import { CallQueue } from "../channel/calls/call-queue.js";
import { type Address, formatAddress } from "../resolver/address.js";
import type { AttemptReceiver, Transport } from "../transport/transport.js";
import { ConnectivityState } from "./state.js";
import type { Subchannel, SubchannelUser } from "./subchannel.js";
import type { ConnectionFollower } from "./subchannel-connection.js";

/** What a handle needs of its channel. */
export interface SubchannelHost extends ConnectionFollower {
  /** gRFC A105, bounded by the channel's own limit. */
  readonly maxConnectionsPerSubchannel: number;
  /** All streams are taken: the call goes into the handle's queue, or fails because too many wait. */
  waitForStream(call: PendingCall, queue: CallQueue): void;
  /** Offers the calls of the queue to `start` until it returns false. */
  drain(queue: CallQueue, start: (call: PendingCall) => boolean): void;
  /** There is no connection any more that the calls of the queue could wait for. */
  pickAgain(queue: CallQueue): void;
  watchHealth(handle: SubchannelHandle, changed: () => void): HealthWatch;
  /** A state was left for another. */
  stateChanged(handle: SubchannelHandle, from: ConnectivityState): void;
  attemptFailed(handle: SubchannelHandle, error: Error): void;
  connectionLost(handle: SubchannelHandle, reason: Error): void;
}

/** See the file's first line. */
export class SubchannelHandle implements BalancedSubchannel, SubchannelUser {
  readonly address: Address;
  state: ConnectivityState = ConnectivityState.IDLE;
  lastError: Error | undefined;
  readonly #subchannel: Subchannel;
  readonly #host: SubchannelHost;
  readonly #changed: () => void;
  /** Its channel is new to the subchannel. */
  #isFirst: boolean;
  #queue: CallQueue | undefined;
  #described: DescribedSubchannel | undefined;

  constructor(subchannel: Subchannel, host: SubchannelHost, changed: () => void) {
    this.address = subchannel.address;
    this.#subchannel = subchannel;
    this.#host = host;
    this.#changed = changed;
    this.#isFirst = subchannel.join(this);
  }

  // --- for the policy

  get retryAtMs(): number | undefined {
    const isWaiting = this.state === ConnectivityState.TRANSIENT_FAILURE;
    return isWaiting ? this.#subchannel.retryAtMs : undefined;
  }

  get attempts(): number {
    return this.#subchannel.attempts;
  }

  get maxConcurrentCalls(): number {
    return this.#subchannel.maxConcurrentCalls;
  }

  get connectionCount(): number {
    return this.#subchannel.connectionCount;
  }

  connect(): void {
    if (this.state !== ConnectivityState.IDLE) {
      return;
    }
    this.#enter(ConnectivityState.CONNECTING);
    if ((this.state as ConnectivityState) !== ConnectivityState.CONNECTING) {
      return;
    }
    // A channel that has not seen the failures need not wait because of them.
    if (this.#isFirst) {
      this.#isFirst = false;
      this.#subchannel.resetBackoff();
    }
    this.#subchannel.connect();
    // Others may have brought it further already; policies hear of that as if it had just happened.
    queueMicrotask(() => this.stateChanged());
  }

  start(call: AttemptReceiver): boolean {
    if (this.state !== ConnectivityState.READY) {
      return false;
    }
    if (this.#subchannel.start(call)) {
      return true;
    }
    // A start that fails may be the first to find out that the connection takes no more calls.
    if ((this.state as ConnectivityState) !== ConnectivityState.READY || call.isBackground) {
      return false;
    }
    this.#queue ??= new CallQueue(() => this.#describeStreams());
    this.#host.waitForStream(call as PendingCall, this.#queue);
    this.#subchannel.growIfWanted();
    return true;
  }

  watchHealth(changed: () => void): HealthWatch {
    return this.#host.watchHealth(this, changed);
  }

  release(): void {
    if (this.state === ConnectivityState.SHUTDOWN) {
      return;
    }
    this.#enter(ConnectivityState.SHUTDOWN);
    this.#subchannel.leave(this);
  }

  // --- for the channel

  /** The same object each time: observers know it by its identity. */
  get described(): DescribedSubchannel {
    this.#described ??= new HandleDescription(this);
    return this.#described;
  }

  /** The connections that take its calls. */
  connections(): ConnectionInfo[] {
    return this.#subchannel.transports().map((transport) => transport.describe());
  }

  resetBackoff(): void {
    this.#subchannel.resetBackoff();
  }

  growIfWanted(): void {
    this.#subchannel.growIfWanted();
  }

  // --- for the subchannel

  get follower(): ConnectionFollower {
    return this.#host;
  }

  get wantsStream(): boolean {
    return this.#queue !== undefined && this.#queue.size > 0;
  }

  get maxConnections(): number {
    return this.#host.maxConnectionsPerSubchannel;
  }

  stateChanged(): void {
    const { state } = this.#subchannel;
    const isAsleep =
      this.state === ConnectivityState.IDLE || this.state === ConnectivityState.SHUTDOWN;
    if (isAsleep || state === this.state || state === ConnectivityState.SHUTDOWN) {
      return;
    }
    if (this.state === ConnectivityState.CONNECTING && state === ConnectivityState.IDLE) {
      // The connection came and went before this handle heard of it: it still wants one.
      this.#subchannel.connect();
      return;
    }
    if (state !== ConnectivityState.CONNECTING && state !== ConnectivityState.READY) {
      this.lastError = this.#subchannel.lastError;
    }
    this.#enter(state);
  }

  streamsAvailable(): void {
    if (this.#queue !== undefined && this.wantsStream) {
      this.#host.drain(this.#queue, (call) => this.#subchannel.start(call));
    }
  }

  attemptFailed(error: Error): void {
    this.#host.attemptFailed(this, error);
  }

  connectionLost(_transport: Transport, reason: Error): void {
    this.#host.connectionLost(this, reason);
  }

  #describeStreams(): string {
    const { maxConcurrentCalls, connectionCount, maxConnections } = this;
    const on = connectionCount === 1 ? "" : ` on ${connectionCount} connections`;
    const most = maxConnections > 1 ? `, at most ${maxConnections} connections are opened` : "";
    return `a free stream: ${formatAddress(this.address)} allows ${maxConcurrentCalls} concurrent calls${on}${most}`;
  }

  #enter(state: ConnectivityState): void {
    const from = this.state;
    this.state = state;
    this.#host.stateChanged(this, from);
    this.#changed();
    if (from === ConnectivityState.READY && this.#queue !== undefined) {
      this.#host.pickAgain(this.#queue);
    }
  }
}

/** A handle as observers of its channel see it. */
class HandleDescription implements DescribedSubchannel {
  readonly address: string;
  readonly #handle: SubchannelHandle;

  constructor(handle: SubchannelHandle) {
    this.#handle = handle;
    this.address = formatAddress(handle.address);
  }

  get state(): ConnectivityState {
    return this.#handle.state;
  }

  connections(): ConnectionInfo[] {
    return this.#handle.connections();
  }
}
