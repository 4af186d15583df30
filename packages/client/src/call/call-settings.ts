// What holds for one call: its limits, its deadline and its signals, from its caller, its channel and the service config.
import {
  Code,
  DeadlineEntry,
  type MessageCodec,
  type Metadata,
  type OutgoingCompression,
  RpcError,
} from "@trunkline/core";
import type { MethodConfig } from "../service-config/service-config.js";
import { type Abortable, joinSignal, leaveSignal } from "./abort-fan.js";
import type { CallHost } from "./call-host.js";
import { formatMs, toAbortError } from "./call-limits.js";
import type { CallOptions, InternalOptions } from "./call-options.js";
import { encoderOf, isConfigLimit } from "./message-limits.js";
import type { MethodPlan } from "./method-plan.js";

/**
 * The lower part of a `ClientCall`, which is one object: the entry in the deadline wheel, and the member
 * of its signals' fans.
 */
export abstract class CallSettings extends DeadlineEntry implements Abortable {
  readonly plan: MethodPlan;
  readonly host: CallHost;
  metadata: Metadata | undefined = undefined;
  deadlineMs: number = Infinity;
  encoder: MessageCodec<unknown>;
  maxReceiveMessageBytes: number;
  /** That limit is the service config's. */
  hasConfigLimit: boolean = false;
  waitForReady: boolean = false;
  isConfigured: boolean = false;
  compression: OutgoingCompression | undefined;
  protected options: InternalOptions | undefined = undefined;
  /** What the caller aborted the call with, when it was an RpcError of its own. */
  protected foreignError: RpcError | undefined = undefined;
  private startedMs = 0;

  constructor(host: CallHost, plan: MethodPlan) {
    super();
    this.host = host;
    this.plan = plan;
    this.encoder = plan.request;
    this.maxReceiveMessageBytes = host.maxReceiveMessageBytes;
    this.compression = host.outgoing;
  }

  /** Ends the call from this side. */
  abstract abandon(error: RpcError): void;

  /** What the call is waiting for, to complete "waiting for ...". */
  protected abstract describeAwaited(): string;

  get path(): string {
    return this.plan.path;
  }

  get authority(): string | undefined {
    return this.options?.authority;
  }

  get owner(): object {
    return this.host.owner;
  }

  remainingMs(): number {
    return this.deadlineMs - this.host.deadlines.now();
  }

  /** Whether anything may ask how long the call has been waiting. */
  get isTimed(): boolean {
    return this.deadlineMs !== Infinity || this.options !== undefined;
  }

  /**
   * Takes over what the caller said; to be called before `start`.
   * @param nowMs what the deadline was worked out with.
   */
  configure(
    options: InternalOptions | undefined,
    metadata: Metadata | undefined,
    deadlineMs: number,
    nowMs: number,
  ): void {
    this.options = options;
    this.metadata = metadata;
    this.deadlineMs = deadlineMs;
    if (deadlineMs !== Infinity) this.startedMs = nowMs;
    this.maxReceiveMessageBytes = options?.maxReceiveMessageBytes ?? this.maxReceiveMessageBytes;
    this.waitForReady = options?.waitForReady === true;
    if (options?.compression !== undefined) {
      this.compression = this.host.compression.outgoingFor(options.compression);
    }
  }

  /** From now on deadline, signals and limits hold. @returns false when the call has ended over them. */
  protected begin(): boolean {
    const maxSendBytes = this.options?.maxSendMessageBytes ?? this.host.maxSendMessageBytes;
    if (maxSendBytes !== Infinity) {
      this.encoder = encoderOf(this.plan, this.options, this.host, undefined);
    }
    if (this.deadlineMs !== Infinity && !this.startDeadline(this.startedMs)) {
      return false;
    }
    return this.options === undefined || this.joinSignals(this.options);
  }

  private startDeadline(startedMs: number): boolean {
    this.startedMs = startedMs;
    if (this.deadlineMs <= this.host.deadlines.now()) {
      const text = `the deadline of the call to ${this.plan.path} had passed before it started`;
      this.abandon(new RpcError(Code.DEADLINE_EXCEEDED, text));
      return false;
    }
    this.host.deadlines.add(this.deadlineMs, this);
    return true;
  }

  private joinSignals(options: CallOptions): boolean {
    const { signal } = options;
    const parentSignal = options.parent?.signal;
    const aborted = signal?.aborted ? signal : parentSignal?.aborted ? parentSignal : undefined;
    if (aborted !== undefined) {
      const error = toAbortError(aborted.reason);
      this.foreignError = error === aborted.reason ? error : undefined;
      this.abandon(error);
      return false;
    }
    if (signal !== undefined) {
      joinSignal(signal, this);
    }
    if (parentSignal !== undefined) {
      joinSignal(parentSignal, this);
    }
    return true;
  }

  /** Limits of the service config. @returns false when the call has ended over them. */
  protected applyConfig(config: MethodConfig): boolean {
    this.waitForReady = this.options?.waitForReady ?? config.waitForReady ?? false;
    const { maxResponseMessageBytes: maxBytes } = config;
    if (isConfigLimit(maxBytes, this.maxReceiveMessageBytes, this.options, this.host)) {
      this.maxReceiveMessageBytes = maxBytes;
      this.hasConfigLimit = true;
    }
    if (config.maxRequestMessageBytes !== Infinity) {
      this.encoder = encoderOf(this.plan, this.options, this.host, config);
    }
    return config.timeoutMs === Infinity || this.shortenDeadline(config.timeoutMs);
  }

  private shortenDeadline(timeoutMs: number): boolean {
    const startedMs = this.startedMs || this.host.deadlines.now();
    const deadlineMs = startedMs + timeoutMs;
    if (deadlineMs >= this.deadlineMs) {
      return true;
    }
    if (this.deadlineMs !== Infinity) {
      this.host.deadlines.remove(this);
    }
    this.deadlineMs = deadlineMs;
    return this.startDeadline(startedMs);
  }

  /** The call has ended: nothing of it stays behind in the wheel or on signals. */
  protected leaveAll(): void {
    if (this.deadlineMs !== Infinity) {
      this.host.deadlines.remove(this);
    }
    if (this.options?.signal !== undefined) {
      leaveSignal(this.options.signal, this);
    }
    if (this.options?.parent) {
      leaveSignal(this.options.parent.signal, this);
    }
  }

  /** The deadline wheel: time is up. */
  override expired(): void {
    const allowed = formatMs(this.deadlineMs - this.startedMs);
    const text = `${this.plan.path}: the deadline of ${allowed} ms passed while waiting for ${this.describeAwaited()}`;
    this.abandon(new RpcError(Code.DEADLINE_EXCEEDED, text));
  }

  aborted(reason: unknown): void {
    const error = toAbortError(reason, this.describeAwaited());
    this.foreignError = error === reason ? error : undefined;
    this.abandon(error);
  }

  /** The application wants no more of it. */
  cancel(reason: string): void {
    this.abandon(new RpcError(Code.CANCELLED, reason));
  }
}
