// The channel: resolves its target, keeps a picker, starts calls or lets them wait, and closes in good order.
import {
  type CallScope,
  type Clock,
  Code,
  type CompressionPlan,
  type ConnectionInfo,
  composeInterceptors,
  type DeadlineWheel,
  deadlineWheelOf,
  identity,
  type Log,
  type MessageFormat,
  type Next,
  type OutgoingCompression,
  RpcError,
  systemClock,
} from "@trunkline/core";
import type { BalancerHost, Pick, Picker } from "../balancer/balancer.js";
import { GracefulSwitch } from "../balancer/graceful-switch.js";
import { createBalancerRegistry } from "../balancer/registry.js";
import { separatePriorities } from "../balancer/separate-priorities.js";
import type { CallHost, PendingCall } from "../call/call-host.js";
import { createLastNext } from "../call/start-call.js";
import { type Address, formatAddress } from "../resolver/address.js";
import { endpointKey } from "../resolver/endpoint.js";
import type { Resolution, ResolverFactory, ResolverListener } from "../resolver/resolver.js";
import type { Target } from "../resolver/target.js";
import { Backoff, type BackoffOptions } from "../subchannel/backoff.js";
import { ConnectivityState } from "../subchannel/state.js";
import { type Connector, Subchannel, type SubchannelHost } from "../subchannel/subchannel.js";
import type { Transport } from "../transport/transport.js";
import type { ChannelLimits, ChannelSettings } from "./channel-options.js";
import type { Channel, CloseOptions } from "./channel-port.js";
import { ConfigInForce, type UnusableConfig } from "./config-in-force.js";
import { NameResolution } from "./name-resolution.js";
import { describeState, failingPicker, lazyPicker, waitingPicker } from "./pickers.js";
import { WaitingCalls } from "./waiting-calls.js";

/** Everything a channel is made of. */
export interface ManagedChannelParts {
  readonly target: Target;
  readonly resolver: ResolverFactory;
  readonly connector: Connector;
  readonly settings: ChannelSettings;
  readonly limits: ChannelLimits;
  readonly compression: CompressionPlan;
  readonly log: Log;
  readonly clock?: Clock | undefined;
  readonly deadlines?: DeadlineWheel | undefined;
}

/** See the file's first line. */
export class ManagedChannel
  implements Channel, CallHost, BalancerHost, SubchannelHost, ResolverListener
{
  readonly target: string;
  readonly next: Next | undefined;
  readonly clock: Clock;
  readonly connector: Connector;
  readonly deadlines: DeadlineWheel;
  readonly connectTimeoutMs: number;
  readonly defaultTimeoutMs: number | undefined;
  readonly callScope: CallScope | undefined;
  readonly maxReceiveMessageBytes: number;
  readonly hasNamedReceiveLimit: boolean;
  readonly maxSendMessageBytes: number;
  readonly format: MessageFormat | undefined;
  readonly compression: CompressionPlan;
  readonly outgoing: OutgoingCompression | undefined;
  state: ConnectivityState = ConnectivityState.IDLE;
  readonly #backoffOptions: BackoffOptions | undefined;
  readonly log: Log;
  readonly #resolution: NameResolution;
  readonly #balancer: GracefulSwitch;
  readonly #config: ConfigInForce;
  readonly #waiting: WaitingCalls;
  readonly #subchannels = new Set<Subchannel>();
  readonly #transports = new Set<Transport>();
  #picker: Picker;
  /** Why a call waits, for the error when its deadline passes. */
  #lastWait: Pick = { kind: "wait", why: "a connection" };
  #stateSinceMs: number;
  #hasAddresses = false;
  /** `connect` was called before there were addresses. */
  #wantsConnection = false;
  #closing: RpcError | undefined;

  constructor(parts: ManagedChannelParts) {
    const { target, settings, limits } = parts;
    this.target = target.text;
    this.clock = parts.clock ?? settings.clock ?? systemClock;
    this.connector = parts.connector;
    this.deadlines = parts.deadlines ?? deadlineWheelOf(this.clock);
    this.connectTimeoutMs = limits.connectTimeoutMs;
    this.defaultTimeoutMs = limits.defaultTimeoutMs;
    this.callScope = settings.callScope;
    this.maxReceiveMessageBytes = limits.maxReceiveMessageBytes;
    this.hasNamedReceiveLimit = settings.maxReceiveMessageBytes !== undefined;
    this.maxSendMessageBytes = limits.maxSendMessageBytes;
    this.format = settings.format;
    this.compression = parts.compression;
    this.outgoing = parts.compression.outgoing(parts.compression.preferred ?? identity);
    this.#backoffOptions = settings.backoff;
    this.log = parts.log;
    this.#stateSinceMs = this.clock.now();
    this.#waiting = new WaitingCalls(limits.maxQueuedCalls, (on) => this.#keepConnecting(on));
    this.#resolution = new NameResolution(
      target,
      parts.resolver,
      this,
      new Backoff(settings.backoff),
      this,
    );
    this.#config = new ConfigInForce(settings, createBalancerRegistry(settings.balancers));
    this.#balancer = new GracefulSwitch(this);
    this.#picker = lazyPicker(() => this.#resolveFirst());
    const interceptors = settings.interceptors ?? [];
    this.next =
      interceptors.length === 0
        ? undefined
        : composeInterceptors(interceptors, createLastNext(this));
  }

  get calls(): CallHost {
    return this;
  }

  connect(): void {
    if (this.state === ConnectivityState.IDLE && this.#closing === undefined) {
      this.#wantsConnection = true;
      this.#hasAddresses ? this.#balancer.exitIdle() : this.#resolveFirst();
    }
  }

  connections(): readonly ConnectionInfo[] {
    return Array.from(this.#transports, (transport) => transport.describe());
  }

  // --- for calls

  start(call: PendingCall): void {
    if (!this.#tryStart(call) && !this.#waiting.add(call)) {
      const text = `too many calls wait for "${this.target}": the limit is ${this.#waiting.limit} (option maxQueuedCalls)`;
      call.refused(new RpcError(Code.RESOURCE_EXHAUSTED, text));
    }
  }

  forget(call: PendingCall): void {
    this.#waiting.remove(call);
  }

  describeWait(): string {
    const since = this.clock.now() - this.#stateSinceMs;
    return describeState(this.#lastWait, this.target, this.state, since);
  }

  /** False when the call has to wait. A pick may change the picker: then the new one is asked. */
  #tryStart(call: PendingCall): boolean {
    for (;;) {
      const config = this.#config;
      if (!call.isConfigured && config.isKnown && !call.configureMethod(config.method(call.path))) {
        return true;
      }
      const picker = this.#picker;
      const pick = picker.pick(call);
      if (pick.kind === "use") {
        call.watch(pick.observer);
        if (pick.subchannel.start(call)) {
          return true;
        }
      } else if (pick.kind === "drop" || (pick.kind === "fail" && !call.waitForReady)) {
        call.refused(pick.error);
        return true;
      }
      if (picker === this.#picker) {
        this.#lastWait = pick;
        return false;
      }
    }
  }

  #startWaiting(): void {
    this.#waiting.drain((call) => this.#tryStart(call));
  }

  // --- for the resolver

  #resolveFirst(): void {
    this.updatePicker(ConnectivityState.CONNECTING, waitingPicker("name resolution"));
    this.#resolution.request();
  }

  resolved({ endpoints, serviceConfig }: Resolution): void {
    this.log.debug("endpoints found", {
      target: this.target,
      endpoints: endpoints.map(endpointKey),
    });
    const unusable = this.#config.accept(serviceConfig);
    if (unusable !== undefined && !this.#mayKeepConfig(unusable)) {
      return;
    }
    this.#hasAddresses = true;
    const input = separatePriorities(endpoints, this.#config.balancer);
    this.#balancer.update(input.endpoints, input.chosen);
    if (this.#wantsConnection) {
      this.#wantsConnection = false;
      this.#balancer.exitIdle();
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
    this.log.debug("name resolution failed", { target: this.target, error: error.message });
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

  createSubchannel(address: Address, changed: () => void): Subchannel {
    const subchannel = new Subchannel(address, this, new Backoff(this.#backoffOptions), changed);
    this.#subchannels.add(subchannel);
    return subchannel;
  }

  updatePicker(state: ConnectivityState, picker: Picker): void {
    if (this.#closing !== undefined) {
      return;
    }
    if (state !== this.state) {
      this.state = state;
      this.#stateSinceMs = this.clock.now();
    }
    this.#picker = picker;
    this.#startWaiting();
  }

  requestResolution(): void {
    this.#resolution.request();
  }

  // --- for subchannels

  get hasWaitingCalls(): boolean {
    return this.#waiting.size > 0;
  }

  #keepConnecting(on: boolean): void {
    for (const subchannel of this.#subchannels) {
      subchannel.keepAlive(on);
    }
  }

  streamsAvailable(): void {
    this.#startWaiting();
  }

  stateChanged(subchannel: Subchannel, from: ConnectivityState): void {
    const { address, state, lastError } = subchannel;
    if (state === ConnectivityState.SHUTDOWN) {
      this.#subchannels.delete(subchannel);
    }
    this.log.debug("subchannel state", {
      target: this.target,
      address: formatAddress(address),
      from,
      to: state,
      ...(state === ConnectivityState.TRANSIENT_FAILURE ? { error: lastError?.message } : {}),
    });
  }

  transportOpened(transport: Transport): void {
    this.#transports.add(transport);
  }

  transportClosed(transport: Transport): void {
    this.#transports.delete(transport);
  }

  // --- closing

  async close(options: CloseOptions = {}): Promise<void> {
    const graceMs = options.graceMs ?? 0;
    this.#refuseNewCalls();
    const ended = [...this.#transports].map((transport) => transport.ended);
    const timer =
      graceMs > 0 ? this.clock.setTimer(graceMs, () => this.#closeTransports(graceMs)) : undefined;
    timer?.keepAlive(true);
    if (timer === undefined) {
      this.#closeTransports(0);
    }
    await Promise.all(ended);
    timer?.cancel();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuseNewCalls(): void {
    if (this.#closing !== undefined) {
      return;
    }
    const closing = new RpcError(Code.CANCELLED, `the channel to "${this.target}" was closed`);
    this.#picker = failingPicker(closing);
    this.#startWaiting();
    this.#closing = closing;
    this.state = ConnectivityState.SHUTDOWN;
    this.#resolution.close();
    this.#balancer.close();
  }

  #closeTransports(graceMs: number): void {
    const after = graceMs > 0 ? ` ${graceMs} ms ago` : "";
    const text = `the channel to "${this.target}" was closed${after} while the call was under way`;
    for (const transport of this.#transports) {
      transport.close(new RpcError(Code.CANCELLED, text));
    }
  }
}
