// One address and its connection: connects when asked, backs off after failures, reports each change of state.

import type { Clock, Timer } from "@trunkline/core";
import { Code, RpcError, UsageError } from "@trunkline/core";
import type { BalancedSubchannel } from "../balancer/balancer.js";
import { type Address, formatAddress } from "../resolver/address.js";
import type { AttemptReceiver, Transport, TransportListener } from "../transport/transport.js";
import type { Backoff } from "./backoff.js";
import { ConnectivityState, canFollow } from "./state.js";

/**
 * Opens a connection and waits for the server's SETTINGS. It must reject when `signal` is aborted.
 */
export type Connector = (
  address: Address,
  listener: TransportListener,
  signal: AbortSignal,
) => Promise<Transport>;

/** What a subchannel needs of its channel. */
export interface SubchannelHost {
  readonly clock: Clock;
  readonly connector: Connector;
  /** Longest time from the first packet to the server's SETTINGS, milliseconds. */
  readonly connectTimeoutMs: number;
  /** Whether calls wait, so that connecting must keep the process alive. */
  readonly hasWaitingCalls: boolean;
  /** A stream slot has become free. */
  streamsAvailable(): void;
  /** A state was left for another, for the log. */
  stateChanged(subchannel: Subchannel, from: ConnectivityState): void;
  /** Keeps track of a live connection, so that closing the channel can end it. */
  transportOpened(transport: Transport): void;
  transportClosed(transport: Transport): void;
}

/** After so many connections in a row that ended as they began, the address has failed. */
const mostGoodbyes = 4;

interface OpenedConnection {
  readonly listener: ConnectionListener;
  readonly transport: Transport;
}

/** One address of one channel. */
export class Subchannel implements BalancedSubchannel {
  readonly address: Address;
  state: ConnectivityState = ConnectivityState.IDLE;
  lastError: Error | undefined;
  retryAtMs: number | undefined;
  #transport: Transport | undefined;
  readonly #host: SubchannelHost;
  readonly #backoff: Backoff;
  readonly #changed: () => void;
  #timer: Timer | undefined;
  #attempt: AbortController | undefined;

  constructor(address: Address, host: SubchannelHost, backoff: Backoff, changed: () => void) {
    this.address = address;
    this.#host = host;
    this.#backoff = backoff;
    this.#changed = changed;
  }

  connect(): void {
    if (this.state !== ConnectivityState.IDLE) {
      return;
    }
    this.#enter(ConnectivityState.CONNECTING);
    void this.#tryConnect();
  }

  get maxConcurrentCalls(): number {
    return this.#transport?.maxConcurrentCalls ?? 0;
  }

  start(call: AttemptReceiver): boolean {
    return this.#transport?.start(call) ?? false;
  }

  /** While calls wait, an attempt to connect keeps the process alive. */
  keepAlive(on: boolean): void {
    if (this.state === ConnectivityState.CONNECTING) {
      this.#timer?.keepAlive(on);
    }
  }

  release(): void {
    if (this.state === ConnectivityState.SHUTDOWN) {
      return;
    }
    this.#timer?.cancel();
    this.#attempt?.abort(new RpcError(Code.CANCELLED, "the connection is no longer wanted"));
    const transport = this.#transport;
    this.#transport = undefined;
    this.#enter(ConnectivityState.SHUTDOWN);
    transport?.drain();
  }

  async #tryConnect(): Promise<void> {
    const startedMs = this.#host.clock.now();
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#timer = this.#host.clock.setTimer(this.#host.connectTimeoutMs, () => {
      attempt.abort(new Error(connectTimeoutText(this.address, this.#host.connectTimeoutMs)));
    });
    this.#timer.keepAlive(this.#host.hasWaitingCalls);
    try {
      const { listener, transport } = await this.#open(attempt.signal);
      this.#connected(listener, transport);
    } catch (error) {
      this.#failed(error instanceof Error ? error : new Error(String(error)), startedMs);
    }
  }

  /**
   * A connection whose first words are a goodbye came while the server was sending all others away, because of their age or
   * a restart: that is no failure to wait for, unless it happens again and again.
   */
  async #open(signal: AbortSignal): Promise<OpenedConnection> {
    for (let goodbyes = 1; ; goodbyes++) {
      const listener = new ConnectionListener(this, this.#host);
      const transport = await this.#host.connector(this.address, listener, signal);
      if (transport.isOpen) {
        return { listener, transport };
      }
      transport.drain();
      if (goodbyes === mostGoodbyes) {
        throw new Error(
          `${formatAddress(this.address)} closed the connection right after its SETTINGS, ${goodbyes} times in a row`,
        );
      }
    }
  }

  #connected(listener: ConnectionListener, transport: Transport): void {
    this.#timer?.cancel();
    this.#attempt = undefined;
    if (this.state !== ConnectivityState.CONNECTING) {
      transport.drain();
      return;
    }
    this.#host.transportOpened(transport);
    this.#backoff.reset();
    this.#transport = transport;
    this.retryAtMs = undefined;
    listener.bind(transport);
    this.#enter(ConnectivityState.READY);
  }

  #failed(error: Error, startedMs: number): void {
    this.#timer?.cancel();
    this.#attempt = undefined;
    if (this.state !== ConnectivityState.CONNECTING) {
      return;
    }
    const { clock } = this.#host;
    const waitMs = Math.max(0, startedMs + this.#backoff.nextMs() - clock.now());
    this.lastError = error;
    this.retryAtMs = clock.now() + waitMs;
    this.#timer = clock.setTimer(waitMs, () => {
      this.retryAtMs = undefined;
      this.#enter(ConnectivityState.IDLE);
    });
    this.#enter(ConnectivityState.TRANSIENT_FAILURE);
  }

  /** The connection takes no more calls, or is gone. */
  lost(transport: Transport, reason: Error): void {
    if (this.#transport !== transport) {
      return;
    }
    this.#transport = undefined;
    this.lastError = reason;
    this.#enter(ConnectivityState.IDLE);
  }

  #enter(state: ConnectivityState): void {
    if (!canFollow(this.state, state)) {
      throw new UsageError(
        `subchannel ${formatAddress(this.address)} cannot go from ${this.state} to ${state}`,
      );
    }
    const from = this.state;
    this.state = state;
    this.#host.stateChanged(this, from);
    this.#changed();
  }
}

function connectTimeoutText(address: Address, timeoutMs: number): string {
  return `no HTTP/2 SETTINGS came from ${formatAddress(address)} within the connect timeout of ${timeoutMs} ms`;
}

/** Hears a transport from its first byte on, and tells the subchannel what concerns it. */
class ConnectionListener implements TransportListener {
  readonly #subchannel: Subchannel;
  readonly #host: SubchannelHost;
  #transport: Transport | undefined;

  constructor(subchannel: Subchannel, host: SubchannelHost) {
    this.#subchannel = subchannel;
    this.#host = host;
  }

  bind(transport: Transport): void {
    this.#transport = transport;
  }

  streamsAvailable(): void {
    this.#host.streamsAvailable();
  }

  draining(reason: string): void {
    if (this.#transport !== undefined) {
      this.#subchannel.lost(this.#transport, new Error(reason));
    }
  }

  closed(reason: Error): void {
    const transport = this.#transport;
    if (transport !== undefined) {
      this.#host.transportClosed(transport);
      this.#subchannel.lost(transport, reason);
    }
  }
}
