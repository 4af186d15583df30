// The channel that applications hold and stubs call: once nobody refers to it any more, what it does ends by itself.
import {
  type CallFigures,
  type CallScope,
  type CompressionPlan,
  type ConnectionInfo,
  composeInterceptors,
  type DeadlineWheel,
  type DescribedSubchannel,
  deadlineWheelOf,
  type Interceptor,
  identity,
  type MessageFormat,
  type Next,
  type OutgoingCompression,
  type StandbyObserver,
  traceStep,
} from "@trunkline/core";
import type { CallHost, PendingCall } from "../call/call-host.js";
import { createLastNext } from "../call/start-call.js";
import type { AttachedCredentials } from "../credentials/attach-credentials.js";
import type { CallCredentials } from "../credentials/call-credentials.js";
import type { RetryRules } from "../retry/retry-rules.js";
import type { ConnectivityState } from "../subchannel/state.js";
import type { CallObserver } from "../telemetry/call-observer.js";
import { CallObservers } from "../telemetry/call-observers.js";
import type { ChannelCalls } from "./calls/channel-calls.js";
import type { ChannelActivity } from "./channel-activity.js";
import type {
  Channel,
  ChannelStats,
  CloseOptions,
  StatesOptions,
  WaitForReadyOptions,
} from "./channel-port.js";
import { ManagedChannel, type ManagedChannelParts } from "./managed-channel.js";
import { StateIterator } from "./state/state-iterator.js";
import { waitForReady } from "./state/wait-for-ready.js";

/** What calls need besides what the channel does. */
export interface ChannelHandleParts extends ManagedChannelParts {
  readonly compression: CompressionPlan;
  /** Hears of calls at times. */
  readonly diagnostics?: (CallObserver & StandbyObserver) | undefined;
  /** What says who makes its calls. */
  readonly credentials: AttachedCredentials;
}

let abandoned: FinalizationRegistry<ManagedChannel> | undefined;

/** Closes what channels do that were collected. Their calls have ended: each one holds on to its channel. */
function registryOfAbandoned(): FinalizationRegistry<ManagedChannel> {
  abandoned ??= new FinalizationRegistry((channel) => {
    traceStep(channel.log, "channel", "channel collected", {
      channel: channel.channel,
      target: channel.target,
    });
    void channel.close();
  });
  return abandoned;
}

function observersOf({
  settings,
  log,
  diagnostics,
}: ChannelHandleParts): CallObservers | undefined {
  const { observers = [] } = settings;
  if (observers.length === 0 && diagnostics === undefined) return undefined;
  const all = new CallObservers(log, diagnostics);
  for (const observer of observers) all.add(observer);
  return all;
}

/** See the file's first line. */
export class ChannelHandle implements Channel, CallHost {
  readonly target: string;
  readonly next: Next | undefined;
  readonly owner: object;
  readonly deadlines: DeadlineWheel;
  readonly defaultTimeoutMs: number | undefined;
  readonly callScope: CallScope | undefined;
  readonly maxReceiveMessageBytes: number;
  readonly hasNamedReceiveLimit: boolean;
  readonly maxSendMessageBytes: number;
  readonly format: MessageFormat | undefined;
  readonly compression: CompressionPlan;
  readonly outgoing: OutgoingCompression | undefined;
  readonly retries: RetryRules;
  readonly #credentials: AttachedCredentials;
  /** The chain of calls with credentials of their own, once there was one. */
  #credentialed: Next | undefined;
  readonly observers: CallObservers | undefined;
  readonly #channel: ManagedChannel;
  /** Parts of it that are asked for each call. */
  readonly #calls: ChannelCalls;
  readonly #activity: ChannelActivity;

  constructor(parts: ChannelHandleParts) {
    const { settings, limits, compression } = parts;
    const channel = new ManagedChannel(parts);
    this.#channel = channel;
    this.#calls = channel.calls;
    this.#activity = channel.activity;
    this.target = channel.target;
    this.owner = channel.owner;
    this.deadlines = deadlineWheelOf(parts.clock);
    this.defaultTimeoutMs = limits.defaultTimeoutMs;
    this.callScope = settings.callScope;
    this.maxReceiveMessageBytes = limits.maxReceiveMessageBytes;
    this.hasNamedReceiveLimit = settings.maxReceiveMessageBytes !== undefined;
    this.maxSendMessageBytes = limits.maxSendMessageBytes;
    this.format = settings.format;
    this.compression = compression;
    this.outgoing = compression.outgoing(compression.preferred ?? identity);
    this.retries = channel.retries;
    this.#credentials = parts.credentials;
    this.observers = observersOf(parts);
    const interceptors = settings.interceptors ?? [];
    const isBare = interceptors.length === 0 && !parts.credentials.areUsual;
    this.next = isBare ? undefined : this.#compose(interceptors);
    registryOfAbandoned().register(this, channel, channel);
  }

  get calls(): CallHost {
    return this;
  }

  nextWith(credentials: CallCredentials): Next {
    this.#credentials.check(credentials);
    this.#credentialed ??= this.next ?? this.#compose([]);
    return this.#credentialed;
  }

  #compose(interceptors: readonly Interceptor[]): Next {
    const all = [...interceptors, this.#credentials.interceptor];
    return composeInterceptors(all, createLastNext(this));
  }

  // --- for applications

  get state(): ConnectivityState {
    return this.#channel.connectivity.state;
  }

  connect(): void {
    this.#channel.connect();
  }

  getState(tryToConnect = false): ConnectivityState {
    const { state } = this.#channel.connectivity;
    if (tryToConnect) {
      this.#channel.connect();
    }
    return state;
  }

  states(options: StatesOptions = {}): StateIterator {
    return new StateIterator(this.#channel.connectivity.history, this, options.signal);
  }

  waitForReady(options?: WaitForReadyOptions): Promise<void> {
    return waitForReady(this.#channel, this, options);
  }

  resetBackoff(): void {
    this.#channel.resetBackoff();
  }

  connections(): readonly ConnectionInfo[] {
    return this.#channel.connections.describe();
  }

  subchannels(): readonly DescribedSubchannel[] {
    return this.#channel.connections.subchannels();
  }

  figures(): CallFigures {
    return this.#channel.activity.figures();
  }

  stats(): ChannelStats {
    return this.#channel.stats();
  }

  close(options?: CloseOptions): Promise<void> {
    registryOfAbandoned().unregister(this.#channel);
    return this.#channel.close(options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // --- for calls

  callStarted(): void {
    this.#activity.callStarted();
  }

  callEnded(isOk: boolean): void {
    this.#activity.callEnded(isOk);
  }

  start(call: PendingCall): void {
    this.#calls.start(call);
  }

  forget(call: PendingCall): void {
    this.#calls.forget(call);
  }

  describeWait(call: PendingCall): string {
    return this.#calls.describeWait(call);
  }
}
