// The channel behind what the application holds: has its target resolved and balanced while there are calls, lets go when idle, and closes in good order.
import { type Clock, Code, entityId, type Log, RpcError } from "@trunkline/core";
import type { BalancedSubchannel, BalancerHost, Picker } from "../balancer/balancer.js";
import { GracefulSwitch } from "../balancer/graceful-switch.js";
import { createBalancerRegistry } from "../balancer/registry.js";
import type { SeparatedInput } from "../balancer/separate-priorities.js";
import type { Address } from "../resolver/address.js";
import type { ResolverFactory } from "../resolver/resolver.js";
import type { Target } from "../resolver/target.js";
import { RetryRules } from "../retry/retry-rules.js";
import { Backoff } from "../subchannel/backoff.js";
import { ConnectivityState } from "../subchannel/state.js";
import { type CallsHost, ChannelCalls } from "./calls/channel-calls.js";
import { failingPicker, lazyPicker, waitingPicker } from "./calls/pickers.js";
import { WaitingCalls } from "./calls/waiting-calls.js";
import { ChannelActivity } from "./channel-activity.js";
import {
  ChannelConnections,
  type ConnectionsHost,
  type SubchannelSource,
} from "./channel-connections.js";
import type { ChannelLimits, ChannelSettings } from "./channel-options.js";
import type { ChannelStats, CloseOptions } from "./channel-port.js";
import { ConfigInForce } from "./config-in-force.js";
import { NameResolution } from "./name-resolution.js";
import { type FindingsHost, ResolverFindings } from "./resolver-findings.js";
import { Connectivity } from "./state/connectivity.js";
import type { ReadyHost } from "./state/wait-for-ready.js";

/** Everything a channel is made of. */
export interface ManagedChannelParts {
  readonly target: Target;
  readonly resolver: ResolverFactory;
  readonly settings: ChannelSettings;
  readonly limits: ChannelLimits;
  readonly source: SubchannelSource;
  readonly clock: Clock;
  readonly log: Log;
}

/** See the file's first line. Nothing in here refers to the channel that the application holds, so that that one can be collected. */
export class ManagedChannel
  implements BalancerHost, CallsHost, ConnectionsHost, FindingsHost, ReadyHost
{
  readonly target: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What the attempts of its calls name as their owner. */
  readonly owner: object = {};
  readonly channel: number = entityId(this);
  readonly connectivity: Connectivity;
  readonly activity: ChannelActivity;
  readonly calls: ChannelCalls;
  readonly connections: ChannelConnections;
  readonly retries: RetryRules;
  readonly #parts: ManagedChannelParts;
  readonly #config: ConfigInForce;
  readonly #findings: ResolverFindings;
  /** Both undefined while the channel has nothing to do. */
  #resolution: NameResolution | undefined;
  #balancer: GracefulSwitch | undefined;
  /** What the policy has said last. */
  #reported: ConnectivityState = ConnectivityState.IDLE;
  /** `connect` was called before there were addresses. */
  #wantsConnection = false;
  #closing: RpcError | undefined;

  constructor(parts: ManagedChannelParts) {
    const { settings, limits, clock } = parts;
    this.#parts = parts;
    this.target = parts.target.text;
    this.clock = clock;
    this.log = parts.log;
    this.connectivity = new Connectivity(this);
    this.connections = new ChannelConnections(this.owner, this, parts.source);
    const registry = createBalancerRegistry(settings.balancers, settings.zone);
    this.#config = new ConfigInForce(settings, registry);
    this.retries = new RetryRules(settings, () => clock.now());
    this.retries.configure(this.#config.service.retryThrottling);
    this.#findings = new ResolverFindings(this, this.#config, this.retries);
    const activity = new ChannelActivity(clock, limits.idleTimeoutMs, () => this.#enterIdle());
    this.activity = activity;
    const waiting = new WaitingCalls(limits.maxQueuedCalls, (some) => activity.callsWait(some));
    this.calls = new ChannelCalls(this, this.#config, waiting, this.#idlePicker());
  }

  connect(): void {
    if (this.connectivity.state === ConnectivityState.IDLE && this.#closing === undefined) {
      this.activity.idle.touch();
      if (this.#findings.hasAddresses) {
        this.#balancer?.exitIdle();
      } else {
        this.#wantsConnection = true;
        this.#leaveIdle();
      }
    }
  }

  resetBackoff(): void {
    this.#resolution?.resetBackoff();
    this.connections.resetBackoff();
  }

  stats(): ChannelStats {
    const { waiting } = this.calls;
    return {
      activeCalls: this.activity.activeCalls,
      waitingCalls: waiting.size,
      waitingForStream: waiting.sizeForStreams,
      connections: this.connections.describe().length,
      ...this.connections.counters,
    };
  }

  // --- idle

  /** The first call makes an end of it. */
  #idlePicker(): Picker {
    return lazyPicker(() => this.#leaveIdle());
  }

  #leaveIdle(): void {
    const { target, resolver, settings } = this.#parts;
    const backoff = new Backoff(settings.backoff);
    this.#resolution ??= new NameResolution(target, resolver, this, backoff, this.#findings);
    this.#balancer ??= new GracefulSwitch(this);
    this.activity.idle.begin();
    this.updatePicker(ConnectivityState.CONNECTING, waitingPicker("name resolution"));
    this.#resolution.request();
  }

  /** Lets go of everything; the next call begins anew. */
  #enterIdle(): void {
    this.#letGo();
    this.#wantsConnection = false;
    this.#findings.forget();
    this.calls.picker = this.#idlePicker();
    this.connectivity.enter(ConnectivityState.IDLE);
  }

  #letGo(): void {
    const balancer = this.#balancer;
    this.activity.idle.stop();
    this.#resolution?.close();
    this.#resolution = undefined;
    this.#balancer = undefined;
    balancer?.close();
  }

  // --- for what the resolver finds

  found({ endpoints, chosen }: SeparatedInput): void {
    this.#balancer?.update(endpoints, chosen);
    this.connections.configChanged();
    if (this.#wantsConnection) {
      this.#wantsConnection = false;
      this.#balancer?.exitIdle();
      this.connectivity.enter(this.#reported);
    }
  }

  foundNothing(failure: RpcError): void {
    this.updatePicker(ConnectivityState.TRANSIENT_FAILURE, failingPicker(failure));
  }

  // --- for the balancer

  random(): number {
    return Math.random();
  }

  createSubchannel(address: Address, changed: () => void): BalancedSubchannel {
    return this.connections.create(address, changed);
  }

  updatePicker(state: ConnectivityState, picker: Picker): void {
    if (this.#closing !== undefined || this.#balancer === undefined) {
      return;
    }
    this.calls.picker = picker;
    this.#reported = state;
    // Whoever waits for a connection ends IDLE before anybody sees it.
    if (state !== ConnectivityState.IDLE) {
      this.connectivity.enter(state);
    }
    this.calls.startWaiting();
    if (picker === this.calls.picker && !this.#wantsConnection) {
      this.connectivity.enter(state);
    }
  }

  requestResolution(): void {
    this.#resolution?.request();
  }

  // --- for connections

  get maxConnectionsPerSubchannel(): number {
    const { usual, most } = this.#parts.limits.connectionScaling;
    return Math.min(most, this.#config.service.maxConnectionsPerSubchannel ?? usual);
  }

  get healthServiceName(): string | undefined {
    const isWanted = this.#parts.settings.healthChecking !== false;
    return isWanted ? this.#config.service.healthServiceName : undefined;
  }

  // --- closing

  async close(options: CloseOptions = {}): Promise<void> {
    const graceMs = options.graceMs ?? 0;
    this.#refuseNewCalls();
    await this.connections.end(graceMs, this.clock);
  }

  #refuseNewCalls(): void {
    if (this.#closing !== undefined) {
      return;
    }
    const closing = new RpcError(Code.CANCELLED, `the channel to "${this.target}" was closed`);
    this.calls.picker = failingPicker(closing, "drop");
    this.calls.startWaiting();
    this.#closing = closing;
    this.retries.close();
    this.#letGo();
    this.connectivity.enter(ConnectivityState.SHUTDOWN);
    // Those that had a connection, and waited for a stream of it.
    this.calls.startWaiting();
  }
}
