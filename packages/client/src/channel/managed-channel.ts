// What a channel does: resolves its target, keeps a picker, starts calls or lets them wait, goes idle, and closes in good order.
import {
  type Clock,
  Code,
  entityId,
  isTraced,
  type Log,
  type LogFields,
  RpcError,
  type TracedPart,
  traceStep,
} from "@trunkline/core";
import type { BalancedSubchannel, BalancerHost, Pick, Picker } from "../balancer/balancer.js";
import type { BalancerRegistry } from "../balancer/choose-policy.js";
import { GracefulSwitch } from "../balancer/graceful-switch.js";
import { createBalancerRegistry } from "../balancer/registry.js";
import { separatePriorities } from "../balancer/separate-priorities.js";
import type { PendingCall } from "../call/call-host.js";
import type { Address } from "../resolver/address.js";
import { endpointKey } from "../resolver/endpoint.js";
import type { Resolution, ResolverFactory, ResolverListener } from "../resolver/resolver.js";
import type { Target } from "../resolver/target.js";
import { RetryRules } from "../retry/retry-rules.js";
import { Backoff } from "../subchannel/backoff.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { CallQueue } from "./call-queue.js";
import {
  ChannelConnections,
  type ConnectionsHost,
  type SubchannelSource,
} from "./channel-connections.js";
import type { ChannelLimits, ChannelSettings } from "./channel-options.js";
import type { ChannelStats, CloseOptions } from "./channel-port.js";
import { ConfigInForce, type UnusableConfig } from "./config-in-force.js";
import { IdleTimer } from "./idle-timer.js";
import { NameResolution } from "./name-resolution.js";
import {
  describeState,
  failingPicker,
  lazyPicker,
  pickElsewhere,
  waitingPicker,
} from "./pickers.js";
import { ProcessHold } from "./process-hold.js";
import { StateHistory } from "./state-history.js";
import { tracePick } from "./traced-attempt.js";
import type { ReadyHost } from "./wait-for-ready.js";
import { WaitingCalls } from "./waiting-calls.js";

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

const anyCall = { path: "", metadata: undefined };

/** See the file's first line. Nothing in here refers to the channel that the application holds, so that that one can be collected. */
export class ManagedChannel implements BalancerHost, ConnectionsHost, ReadyHost, ResolverListener {
  readonly target: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What the attempts of its calls name as their owner. */
  readonly owner: object = {};
  readonly history: StateHistory = new StateHistory(ConnectivityState.IDLE);
  readonly connections: ChannelConnections;
  readonly retries: RetryRules;
  state: ConnectivityState = ConnectivityState.IDLE;
  /** Its number in the log. */
  readonly channel: number = entityId(this);
  readonly #tracesCalls: boolean = isTraced("call");
  readonly #parts: ManagedChannelParts;
  readonly #registry: BalancerRegistry;
  readonly #config: ConfigInForce;
  readonly #waiting: WaitingCalls;
  readonly #idle: IdleTimer;
  readonly #hold: ProcessHold;
  /** Both undefined while the channel has nothing to do. */
  #resolution: NameResolution | undefined;
  #balancer: GracefulSwitch | undefined;
  #picker: Picker;
  /** Why a call waits, for the error when its deadline passes. */
  #lastWait: Pick = { kind: "wait", why: "a connection" };
  /** What the policy has said last. */
  #reported: ConnectivityState = ConnectivityState.IDLE;
  #stateSinceMs: number;
  #hasAddresses = false;
  /** `connect` was called before there were addresses. */
  #wantsConnection = false;
  #closing: RpcError | undefined;
  #activeCalls = 0;
  #readyWaits = 0;
  #quietWaiters: (() => void)[] = [];

  constructor(parts: ManagedChannelParts) {
    const { settings, limits, clock } = parts;
    this.#parts = parts;
    this.target = parts.target.text;
    this.clock = clock;
    this.log = parts.log;
    this.#stateSinceMs = clock.now();
    this.connections = new ChannelConnections(this.owner, this, parts.source);
    this.#hold = new ProcessHold(clock);
    this.#waiting = new WaitingCalls(limits.maxQueuedCalls, () => this.#holdProcess());
    this.#registry = createBalancerRegistry(settings.balancers, settings.zone);
    this.#config = new ConfigInForce(settings, this.#registry);
    this.retries = new RetryRules(settings, () => clock.now());
    this.retries.configure(this.#config.service.retryThrottling);
    this.#picker = lazyPicker(() => this.#leaveIdle());
    this.#idle = new IdleTimer(
      clock,
      limits.idleTimeoutMs,
      () => this.#isBusy,
      () => this.#enterIdle(),
    );
  }

  connect(): void {
    if (this.state === ConnectivityState.IDLE && this.#closing === undefined) {
      this.#idle.touch();
      if (this.#hasAddresses) {
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
    return {
      activeCalls: this.#activeCalls,
      waitingCalls: this.#waiting.size,
      waitingForStream: this.#waiting.sizeForStreams,
      connections: this.connections.describe().length,
      ...this.connections.counters,
    };
  }

  // --- idle

  get #isBusy(): boolean {
    return this.#activeCalls > 0 || this.#readyWaits > 0;
  }

  #leaveIdle(): void {
    const { target, resolver, settings } = this.#parts;
    const backoff = new Backoff(settings.backoff);
    this.#resolution ??= new NameResolution(target, resolver, this, backoff, this);
    this.#balancer ??= new GracefulSwitch(this);
    this.#idle.begin();
    this.updatePicker(ConnectivityState.CONNECTING, waitingPicker("name resolution"));
    this.#resolution.request();
  }

  /** Lets go of everything; the next call begins anew. */
  #enterIdle(): void {
    this.#letGo();
    this.#hasAddresses = false;
    this.#wantsConnection = false;
    this.#config.unsettle();
    this.#picker = lazyPicker(() => this.#leaveIdle());
    this.#enter(ConnectivityState.IDLE);
  }

  #letGo(): void {
    const balancer = this.#balancer;
    this.#idle.stop();
    this.#resolution?.close();
    this.#resolution = undefined;
    this.#balancer = undefined;
    balancer?.close();
  }

  // --- for calls

  callStarted(): void {
    this.#activeCalls += 1;
  }

  callEnded(): void {
    this.#activeCalls -= 1;
    if (this.#activeCalls === 0) {
      this.#idle.touch();
      if (this.#quietWaiters.length > 0) {
        this.#tellQuiet();
      }
    }
  }

  #tellQuiet(): void {
    for (const tell of this.#quietWaiters.splice(0)) {
      tell();
    }
  }

  whenQuiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#activeCalls === 0 ? resolve() : this.#quietWaiters.push(resolve);
    });
  }

  start(call: PendingCall): void {
    if (!this.#tryStart(call)) {
      this.#wait(call);
    }
  }

  #wait(call: PendingCall, queue?: CallQueue): void {
    if (!this.#waiting.add(call, queue)) {
      const text = `too many calls wait for "${this.target}": the limit is ${this.#waiting.limit} (option maxQueuedCalls)`;
      call.refused(new RpcError(Code.RESOURCE_EXHAUSTED, text), true);
    }
  }

  forget(call: PendingCall): void {
    this.#waiting.remove(call);
  }

  describeWait(call: PendingCall): string {
    const why = this.#waiting.queueOf(call)?.describe?.();
    return this.#describe(why === undefined ? this.#lastWait : { kind: "wait", why });
  }

  describeUnready(): string {
    return this.#describe(this.#picker.pick(anyCall));
  }

  #describe(pick: Pick): string {
    return describeState(pick, this.target, this.state, this.clock.now() - this.#stateSinceMs);
  }

  /** False when the call has to wait. A pick may change the picker: then the new one is asked. */
  #tryStart(call: PendingCall): boolean {
    for (;;) {
      const config = this.#config;
      if (!call.isConfigured && config.isKnown && !call.configureMethod(config.method(call.path))) {
        return true;
      }
      const picker = this.#picker;
      const { avoidedPeer } = call;
      const answer =
        avoidedPeer === undefined ? picker.pick(call) : pickElsewhere(picker, call, avoidedPeer);
      const pick = this.#tracesCalls ? tracePick(this, call, answer) : answer;
      if (pick.kind === "use") {
        call.watch(pick.observer);
        if (pick.subchannel.start(call)) {
          return true;
        }
      } else if (pick.kind === "drop" || (pick.kind === "fail" && !call.waitForReady)) {
        call.refused(pick.error, pick.kind === "drop");
        return true;
      }
      if (picker === this.#picker) {
        this.#lastWait = pick;
        return false;
      }
    }
  }

  readonly #startWaiting = (): void => this.#waiting.drain((call) => this.#tryStart(call));

  // --- for the resolver

  resolved({ endpoints, serviceConfig }: Resolution): void {
    this.#trace("resolver", "endpoints found", { endpoints: endpoints.map(endpointKey) });
    const unusable = this.#config.accept(serviceConfig);
    if (unusable !== undefined && !this.#mayKeepConfig(unusable)) {
      return;
    }
    this.retries.configure(this.#config.service.retryThrottling);
    this.#hasAddresses = true;
    const from =
      serviceConfig === undefined || unusable ? "before, or the channel" : "the resolver";
    const policy = this.#config.balancer.policy.name;
    this.#trace("config", "service config in force", { from, policy });
    const input = separatePriorities(endpoints, this.#config.balancer);
    this.#balancer?.update(input.endpoints, input.chosen);
    this.connections.configChanged();
    if (this.#wantsConnection) {
      this.#wantsConnection = false;
      this.#balancer?.exitIdle();
      this.#enter(this.#reported);
    }
  }

  /** False when there is no config at all to go on with: calls fail until there is one (gRFC A21). */
  #mayKeepConfig({ reason, isFirst }: UnusableConfig): boolean {
    this.log.warn("the service config of the resolver cannot be used", {
      target: this.target,
      error: reason.message,
      inForce: isFirst ? "none" : "the one before",
    });
    if (isFirst) {
      const text = `the service config of "${this.target}" cannot be used: ${reason.message}`;
      const failure = new RpcError(Code.UNAVAILABLE, text, { cause: reason });
      this.updatePicker(ConnectivityState.TRANSIENT_FAILURE, failingPicker(failure));
    }
    return !isFirst;
  }

  failed(error: Error): void {
    this.#trace("resolver", "name resolution failed", { error: error.message });
    if (!this.#hasAddresses) {
      this.#config.settle();
      const text = `no addresses of "${this.target}": ${error.message}`;
      const failure = new RpcError(Code.UNAVAILABLE, text, { cause: error });
      this.updatePicker(ConnectivityState.TRANSIENT_FAILURE, failingPicker(failure));
    }
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
    this.#picker = picker;
    this.#reported = state;
    // Whoever waits for a connection ends IDLE before anybody sees it.
    if (state !== ConnectivityState.IDLE) {
      this.#enter(state);
    }
    this.#startWaiting();
    if (picker === this.#picker && !this.#wantsConnection) {
      this.#enter(state);
    }
  }

  #enter(state: ConnectivityState): void {
    if (state !== this.state) {
      this.#trace("channel", "channel state", { from: this.state, to: state });
      this.state = state;
      this.#stateSinceMs = this.clock.now();
      this.history.add(state);
    }
  }

  #trace(part: TracedPart, message: string, fields: LogFields): void {
    const { channel, target } = this;
    traceStep(this.log, part, message, { channel, target, ...fields });
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

  readyWanted(on: boolean): void {
    this.#readyWaits += on ? 1 : -1;
    this.#idle.touch();
    this.#holdProcess();
  }

  #holdProcess(): void {
    this.#hold.hold(this.#waiting.size > 0 || this.#readyWaits > 0);
  }

  waitForStream(call: PendingCall, queue: CallQueue): void {
    this.#wait(call, queue);
  }

  drain(queue: CallQueue, start: (call: PendingCall) => boolean): void {
    this.#waiting.drain(start, queue);
  }

  pickAgain(queue: CallQueue): void {
    if (queue.size > 0) {
      this.#waiting.pickAgain(queue);
      // Not at once: the policy may be about to bring a new picker.
      queueMicrotask(this.#startWaiting);
    }
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
    this.#picker = failingPicker(closing, "drop");
    this.#startWaiting();
    this.#closing = closing;
    this.retries.close();
    this.#letGo();
    this.#enter(ConnectivityState.SHUTDOWN);
    // Those that had a connection, and waited for a stream of it.
    this.#startWaiting();
  }
}
