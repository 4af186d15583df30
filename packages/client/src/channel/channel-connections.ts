// The connections of one channel: its handles of subchannels, the transports that its calls run on, and how all of them end.
import {
  type Clock,
  Code,
  type ConnectionInfo,
  type DescribedSubchannel,
  entityId,
  type LogFields,
  RpcError,
  traceStep,
} from "@trunkline/core";
import type { HealthWatch } from "../balancer/balancer.js";
import type { PendingCall } from "../call/call-host.js";
import { type Address, formatAddress } from "../resolver/address.js";
import type { SubchannelSettings } from "../subchannel/connector.js";
import { SubchannelHealth } from "../subchannel/health/subchannel-health.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { SubchannelConnection } from "../subchannel/subchannel-connection.js";
import { SubchannelHandle, type SubchannelHost } from "../subchannel/subchannel-handle.js";
import type { SubchannelPool } from "../subchannel/subchannel-pool.js";
import type { CallQueue } from "./calls/call-queue.js";
import type { ChannelCalls } from "./calls/channel-calls.js";
import type { ChannelActivity } from "./channel-activity.js";
import type { ChannelStats } from "./channel-port.js";
import type { TracedChannel } from "./channel-trace.js";

/** Where subchannels come from, and how they connect. */
export interface SubchannelSource {
  readonly pool: SubchannelPool;
  /** What connections depend on besides their address; channels of another key share none. */
  readonly key: string;
  readonly settings: SubchannelSettings;
}

/** What the connections need of their channel. */
export interface ConnectionsHost extends TracedChannel {
  readonly calls: ChannelCalls;
  readonly activity: ChannelActivity;
  readonly maxConnectionsPerSubchannel: number;
  /** The service whose health decides; undefined: none. */
  readonly healthServiceName: string | undefined;
}

/** See the file's first line. */
export class ChannelConnections implements SubchannelHost {
  readonly owner: object;
  readonly #host: ConnectionsHost;
  readonly #source: SubchannelSource;
  readonly #handles = new Set<SubchannelHandle>();
  readonly #health = new Set<SubchannelHealth>();
  readonly #connections = new Set<SubchannelConnection>();
  #opened = 0;
  #lost = 0;
  #failedAttempts = 0;

  constructor(owner: object, host: ConnectionsHost, source: SubchannelSource) {
    this.owner = owner;
    this.#host = host;
    this.#source = source;
  }

  create(address: Address, changed: () => void): SubchannelHandle {
    const { pool, key, settings } = this.#source;
    const handle = new SubchannelHandle(pool.obtain(address, key, settings), this, changed);
    this.#handles.add(handle);
    return handle;
  }

  describe(): ConnectionInfo[] {
    return Array.from(this.#connections, ({ transport }) => transport.describe());
  }

  subchannels(): DescribedSubchannel[] {
    return Array.from(this.#handles, (handle) => handle.described);
  }

  get counters(): Pick<ChannelStats, "connectionsOpened" | "connectionsLost" | "failedAttempts"> {
    return {
      connectionsOpened: this.#opened,
      connectionsLost: this.#lost,
      failedAttempts: this.#failedAttempts,
    };
  }

  resetBackoff(): void {
    for (const handle of [...this.#handles]) {
      handle.resetBackoff();
    }
  }

  /** The service config may be another one now. */
  configChanged(): void {
    for (const health of [...this.#health]) {
      health.watchService(this.#host.healthServiceName);
    }
    for (const handle of [...this.#handles]) {
      handle.growIfWanted();
    }
  }

  /**
   * Ends all calls after `graceMs`; handles have been released before. Connections of this channel alone
   * are closed, those that others use as well stay.
   * @returns a promise of the end of all of it.
   */
  async end(graceMs: number, clock: Clock): Promise<void> {
    const ended = Array.from(this.#connections, (connection) =>
      connection.isSharedBy(this) ? this.#host.activity.whenQuiet() : connection.transport.ended,
    );
    const timer = graceMs > 0 ? clock.setTimer(graceMs, () => this.#closeAll(graceMs)) : undefined;
    timer?.keepAlive(true);
    if (timer === undefined) {
      this.#closeAll(0);
    }
    await Promise.all(ended);
    timer?.cancel();
    for (const connection of this.#connections) {
      connection.followers.delete(this);
    }
    this.#connections.clear();
  }

  #closeAll(graceMs: number): void {
    const after = graceMs > 0 ? ` ${graceMs} ms ago` : "";
    const text = `the channel to "${this.#host.target}" was closed${after} while the call was under way`;
    for (const connection of [...this.#connections]) {
      const reason = new RpcError(Code.CANCELLED, text);
      connection.isSharedBy(this)
        ? connection.transport.cancelCalls(this.owner, reason)
        : connection.transport.close(reason);
    }
  }

  // --- for handles and connections

  get maxConnectionsPerSubchannel(): number {
    return this.#host.maxConnectionsPerSubchannel;
  }

  waitForStream(call: PendingCall, queue: CallQueue): void {
    this.#host.calls.waitForStream(call, queue);
  }

  drain(queue: CallQueue, start: (call: PendingCall) => boolean): void {
    this.#host.calls.drain(queue, start);
  }

  pickAgain(queue: CallQueue): void {
    this.#host.calls.pickAgain(queue);
  }

  watchHealth(handle: SubchannelHandle, changed: () => void): HealthWatch {
    const { target, log } = this.#host;
    const { clock, backoff } = this.#source.settings;
    const health = new SubchannelHealth(
      { target, log, clock, backoff },
      handle,
      this.#host.healthServiceName,
      changed,
      (closed) => this.#health.delete(closed),
    );
    this.#health.add(health);
    return health;
  }

  connectionOpened(connection: SubchannelConnection): void {
    this.#opened += 1;
    this.#connections.add(connection);
  }

  connectionClosed(connection: SubchannelConnection): void {
    this.#connections.delete(connection);
  }

  stateChanged(handle: SubchannelHandle, from: ConnectivityState): void {
    const { state, lastError } = handle;
    if (state === ConnectivityState.SHUTDOWN) {
      this.#handles.delete(handle);
    }
    const hasFailed = state === ConnectivityState.TRANSIENT_FAILURE;
    const error = hasFailed ? { error: lastError?.message } : {};
    this.#trace("subchannel state", handle, { from, to: state, ...error });
  }

  attemptFailed(handle: SubchannelHandle, error: Error): void {
    this.#failedAttempts += 1;
    if (handle.state === ConnectivityState.READY) {
      const { message } = error;
      this.#trace("no further connection to a busy server", handle, { error: message });
    }
  }

  connectionLost(handle: SubchannelHandle, reason: Error): void {
    this.#lost += 1;
    this.#trace("connection lost", handle, { error: reason.message });
  }

  #trace(message: string, handle: SubchannelHandle, fields: LogFields): void {
    const { channel, target, log } = this.#host;
    const address = formatAddress(handle.address);
    const subchannel = entityId(handle);
    traceStep(log, "subchannel", message, { channel, subchannel, target, address, ...fields });
  }
}
