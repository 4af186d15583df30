// One call from its start to its end: deadline, cancellation, messages and outcome, whatever attempts it takes.
import {
  Code,
  DeadlineEntry,
  Deferred,
  type MessageCodec,
  MessageQueue,
  type MessageQueueOwner,
  Metadata,
  metadataFromFields,
  type OutgoingCompression,
  RpcError,
} from "@trunkline/core";
import type { AttemptObserver } from "../balancer/balancer.js";
import { mayRetryTransparently } from "../retry/transparent-retry.js";
import type { MethodConfig } from "../service-config/service-config.js";
import type { Attempt } from "../transport/transport.js";
import { type Abortable, joinSignal, leaveSignal } from "./abort-fan.js";
import type { CallHost, PendingCall } from "./call-host.js";
import { formatMs, toAbortError } from "./call-limits.js";
import type { CallOptions, InternalOptions } from "./call-options.js";
import { toCallbackError } from "./callback-error.js";
import { encoderOf, isConfigLimit } from "./message-limits.js";
import type { MethodPlan } from "./method-plan.js";
import { rememberTrailers } from "./received-trailers.js";
import type { RequestPump } from "./request-pump.js";
import { rejectCall } from "./traced-errors.js";

/** How a single response is handed over: the message, or whatever is made of the whole call. */
export type Finisher = (call: ClientCall) => unknown;

/**
 * See the file's first line. Plain fields rather than private names: one of these is created for each
 * call, and it is also the entry in the deadline wheel, so that no further object is needed.
 */
export class ClientCall extends DeadlineEntry implements PendingCall, Abortable, MessageQueueOwner {
  readonly plan: MethodPlan;
  metadata: Metadata | undefined = undefined;
  deadlineMs: number = Infinity;
  encoder: MessageCodec<unknown>;
  maxReceiveMessageBytes: number;
  /** That limit is the service config's. */
  hasConfigLimit: boolean = false;
  waitForReady: boolean = false;
  isConfigured: boolean = false;
  compression: OutgoingCompression | undefined;
  /** The single response; undefined until it is there. */
  message: unknown = undefined;
  /** Streamed responses; undefined when there is a single one. */
  readonly queue: MessageQueue<unknown> | undefined;
  /** Why the call failed, once it has. */
  error: RpcError | undefined = undefined;
  headerFields: readonly string[] | undefined = undefined;
  trailerFields: readonly string[] | undefined = undefined;
  isSettled: boolean = false;
  /** What the caller awaits: the single response, or the reply. */
  private readonly outcome: Deferred<unknown> | undefined;
  private readonly finisher: Finisher | undefined;
  private readonly host: CallHost;
  private request: unknown = undefined;
  private pump: RequestPump | undefined = undefined;
  private attempt: Attempt | undefined = undefined;
  private observer: AttemptObserver | undefined = undefined;
  private attemptCount = 0;
  private foreignError: RpcError | undefined = undefined;
  private hasMessage = false;
  private options: InternalOptions | undefined = undefined;
  private startedMs = 0;
  private attachedMs = 0;
  private closedWaiter: Deferred<void> | undefined = undefined;
  private headersWaiter: Deferred<void> | undefined = undefined;

  /** @param finisher makes what `promise` resolves to; a streamed response has a promise only with it. */
  constructor(host: CallHost, plan: MethodPlan, finisher: Finisher | undefined) {
    super();
    this.host = host;
    this.plan = plan;
    this.encoder = plan.request;
    this.maxReceiveMessageBytes = host.maxReceiveMessageBytes;
    this.compression = host.outgoing;
    this.finisher = finisher;
    this.queue = plan.responseStreams ? new MessageQueue<unknown>(this) : undefined;
    this.outcome =
      plan.responseStreams && finisher === undefined ? undefined : new Deferred<unknown>();
  }

  /** The single response, or what the finisher makes of the call. */
  get promise(): Promise<unknown> {
    return (this.outcome as Deferred<unknown>).promise;
  }

  get path(): string {
    return this.plan.path;
  }

  remainingMs(): number {
    return this.deadlineMs - this.host.deadlines.now();
  }

  get bufferedMessages(): number {
    return this.queue === undefined ? 0 : this.queue.size;
  }

  /** Where the call runs; undefined until a connection was found. */
  get peer(): string | undefined {
    return this.attempt?.peer;
  }

  /** Takes over what the caller said; to be called before `start`. */
  configure(
    options: InternalOptions | undefined,
    metadata: Metadata | undefined,
    deadlineMs: number,
  ): void {
    this.options = options;
    this.metadata = metadata;
    this.deadlineMs = deadlineMs;
    this.maxReceiveMessageBytes = options?.maxReceiveMessageBytes ?? this.maxReceiveMessageBytes;
    this.waitForReady = options?.waitForReady === true;
    if (options?.compression !== undefined) {
      this.compression = this.host.compression.outgoingFor(options.compression);
    }
  }

  get authority(): string | undefined {
    return this.options?.authority;
  }

  /** Sets off with a single request, or with the pump of a request stream. */
  start(request: unknown, pump: RequestPump | undefined): void {
    this.request = request;
    this.pump = pump;
    const maxSendBytes = this.options?.maxSendMessageBytes ?? this.host.maxSendMessageBytes;
    if (maxSendBytes !== Infinity) {
      this.encoder = encoderOf(this.plan, this.options, this.host, undefined);
    }
    if (this.deadlineMs !== Infinity && !this.startDeadline(this.host.deadlines.now())) {
      return;
    }
    if (this.options !== undefined && !this.joinSignals(this.options)) {
      return;
    }
    this.host.start(this);
  }

  private startDeadline(startedMs: number): boolean {
    this.startedMs = startedMs;
    if (this.deadlineMs <= this.host.deadlines.now()) {
      this.finish(
        new RpcError(
          Code.DEADLINE_EXCEEDED,
          `the deadline of the call to ${this.plan.path} had passed before it started`,
        ),
        true,
      );
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
      this.finish(error, true);
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

  // --- what the transport tells

  configureMethod(config: MethodConfig | undefined): boolean {
    this.isConfigured = true;
    return config === undefined || this.applyConfig(config);
  }

  private applyConfig(config: MethodConfig): boolean {
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

  watch(observer: AttemptObserver | undefined): void {
    this.observer = observer;
  }

  attached(attempt: Attempt): void {
    this.attempt = attempt;
    this.observer?.started();
    this.attemptCount += 1;
    if (this.deadlineMs !== Infinity || this.options !== undefined) {
      this.attachedMs = this.host.deadlines.now();
    }
    this.pump?.attach(attempt);
  }

  singleRequest(): unknown {
    return this.request;
  }

  headersReceived(fields: readonly string[]): void {
    this.headerFields = fields;
    this.pump?.commit();
    this.headersWaiter?.resolve();
    const onHeader = this.options?.onHeader;
    if (onHeader !== undefined) {
      this.callBack(onHeader, fields);
    }
    if (this.queue !== undefined && this.finisher !== undefined) {
      this.outcome?.resolve(this.finisher(this));
    }
  }

  messageReceived(message: unknown, byteCount: number): void {
    if (this.queue !== undefined) {
      this.queue.push(message, byteCount);
      return;
    }
    this.attempt?.consumed(byteCount);
    if (this.hasMessage) {
      const text = `the server sent more than one response message to ${this.plan.path}`;
      this.abandon(new RpcError(Code.UNIMPLEMENTED, text));
      return;
    }
    this.hasMessage = true;
    this.message = message;
  }

  writable(): void {
    this.pump?.resume();
  }

  /** The attempt is over: tells who follows it, once. */
  private attemptEnded(code: Code, trailers: readonly string[] | undefined): void {
    const { observer } = this;
    if (observer !== undefined) {
      this.observer = undefined;
      observer.ended({ code, trailers });
    }
  }

  succeeded(trailers: readonly string[]): void {
    this.attemptEnded(Code.OK, trailers);
    this.trailerFields = trailers;
    if (this.queue === undefined && !this.hasMessage) {
      const text = `the server ended ${this.plan.path} with status OK, but without a response message`;
      this.finish(new RpcError(Code.UNIMPLEMENTED, text), false);
    } else {
      this.finish(undefined, false);
    }
  }

  failed(error: RpcError, unprocessed: boolean, trailers: readonly string[] | undefined): void {
    this.attemptEnded(error.code, trailers);
    const isReplayable = this.pump === undefined || this.pump.isReplayable;
    if (
      !this.isSettled &&
      mayRetryTransparently({ unprocessed, attempts: this.attemptCount, isReplayable })
    ) {
      this.attempt = undefined;
      this.host.start(this);
      return;
    }
    this.trailerFields = trailers;
    this.finish(error, false);
  }

  refused(error: RpcError): void {
    this.finish(error, false);
  }

  // --- what happens on this side

  /** The deadline wheel: time is up. */
  override expired(): void {
    this.abandon(new RpcError(Code.DEADLINE_EXCEEDED, this.describeDeadline()));
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

  onConsumed(byteCount: number): void {
    const credit = this.options?.readCredit;
    const due = credit === undefined ? byteCount : credit.taken(byteCount, this);
    if (due > 0) {
      this.consumed(due);
    }
  }

  /** So many bytes of what was received need no room any more. */
  consumed(byteCount: number): void {
    this.attempt?.consumed(byteCount);
  }

  onReturn(): void {
    this.cancel("the caller left the stream of responses early");
  }

  /** Ends the call from this side: RST_STREAM CANCEL, and what has not been read is dropped. */
  abandon(error: RpcError): void {
    if (!this.isSettled) {
      if (this.attempt !== undefined) {
        this.attempt.cancel();
        this.attemptEnded(error.code, undefined);
      }
      this.finish(error, true);
    }
  }

  // --- how it ends

  private finish(error: RpcError | undefined, isLocal: boolean): void {
    if (this.isSettled) {
      return;
    }
    this.isSettled = true;
    this.cleanUp();
    this.error = error;
    const onTrailer = this.options?.onTrailer;
    if (onTrailer !== undefined && this.trailerFields !== undefined) {
      this.callBack(onTrailer, this.trailerFields);
    }
    this.settle(this.error, isLocal);
  }

  private cleanUp(): void {
    if (this.deadlineMs !== Infinity) {
      this.host.deadlines.remove(this);
    }
    if (this.options?.signal !== undefined) {
      leaveSignal(this.options.signal, this);
    }
    if (this.options?.parent) {
      leaveSignal(this.options.parent.signal, this);
    }
    if (this.attempt === undefined) {
      this.host.forget(this);
    }
    this.pump?.stop();
    this.request = undefined;
  }

  private settle(error: RpcError | undefined, isLocal: boolean): void {
    if (error === undefined) {
      this.outcome?.resolve(this.finisher === undefined ? this.message : this.finisher(this));
      this.headersWaiter?.resolve();
      this.queue?.end();
    } else {
      if (this.finisher !== undefined && this.trailerFields !== undefined) {
        rememberTrailers(error, this.trailerFields);
      }
      // The reply of a stream is there from its headers on.
      if (this.queue === undefined || this.headerFields === undefined) {
        this.outcome?.resolve(this.rejection(error));
      }
      this.headersWaiter?.reject(error);
      isLocal ? this.queue?.abort(error) : this.queue?.fail(error);
    }
    this.closedWaiter?.resolve();
  }

  /** The application's own errors, as a signal may bring them, keep their stacks. */
  rejection(error: RpcError, rejecting?: () => void): Promise<never> {
    if (error !== this.foreignError) {
      return rejectCall(error, rejecting);
    }
    rejecting?.();
    return Promise.reject(error);
  }

  /** The metadata among received fields; empty when none were received. */
  readMetadata(fields: readonly string[] | undefined): Metadata {
    if (fields === undefined) {
      return new Metadata();
    }
    return this.attempt?.readMetadata(fields) ?? metadataFromFields(fields);
  }

  /** Runs a callback of the application: what it throws ends this call, and nothing else. */
  private callBack(callback: (metadata: Metadata) => void, fields: readonly string[]): void {
    try {
      callback(this.readMetadata(fields));
    } catch (cause) {
      const error = toCallbackError(this.plan.path, cause);
      if (this.isSettled) {
        this.error ??= error;
      } else {
        this.abandon(error);
      }
    }
  }

  /** Resolves once response headers (or a response without them) are there; rejects when the call fails before. */
  whenHeaders(): Promise<void> {
    if (this.headersWaiter === undefined) {
      this.headersWaiter = new Deferred<void>().silence();
      if (this.headerFields !== undefined || (this.isSettled && this.error === undefined)) {
        this.headersWaiter.resolve();
      } else if (this.isSettled) {
        this.headersWaiter.reject(this.error);
      }
    }
    return this.headersWaiter.promise;
  }

  /** Resolves once the call has ended, well or not. */
  whenClosed(): Promise<void> {
    if (this.closedWaiter === undefined) {
      this.closedWaiter = new Deferred<void>();
      if (this.isSettled) {
        this.closedWaiter.resolve();
      }
    }
    return this.closedWaiter.promise;
  }

  private describeDeadline(): string {
    const allowed = formatMs(this.deadlineMs - this.startedMs);
    return `${this.plan.path}: the deadline of ${allowed} ms passed while waiting for ${this.describeAwaited()}`;
  }

  private describeAwaited(): string {
    if (this.attempt === undefined) {
      return this.host.describeWait();
    }
    const what = this.headerFields === undefined ? "a response" : "the rest of the response";
    return `${what} from ${this.attempt.peer} for ${Math.round(this.host.deadlines.now() - this.attachedMs)} ms`;
  }
}
