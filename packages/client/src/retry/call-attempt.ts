// One attempt of a call that may make several: its own time limit, its place in the requests, its end.
import {
  Code,
  DeadlineEntry,
  type MessageCodec,
  type Metadata,
  type OutgoingCompression,
  RpcError,
} from "@trunkline/core";
import type { AttemptObserver } from "../balancer/balancer.js";
import type { PendingCall } from "../call/call-host.js";
import { formatMs } from "../call/call-limits.js";
import type { MethodPlan } from "../call/method-plan.js";
import type { CallObservers } from "../telemetry/call-observers.js";
import type { AttemptOrigin, AttemptRecord } from "../telemetry/client-call-record.js";
import type { Attempt } from "../transport/transport.js";
import type { AttemptFailure, RetriedCall } from "./retried-call.js";
import type { Reach } from "./transparent-retry.js";

/** Whoever makes the attempts of a call. */
export interface AttemptGroup {
  readonly call: RetriedCall;
  /** How long an attempt may go without a response, milliseconds; Infinity: as long as the call. */
  readonly perAttemptTimeoutMs: number;
  /** What encodes requests that are kept. */
  readonly keptRequests: MessageCodec<unknown>;
  /** Where the attempt before it has failed or is under way. */
  readonly avoidedPeer: string | undefined;
  /** If an attempt failed with UNAVAILABLE now, there would be another. */
  readonly repeatsUnavailable: boolean;
  /** The one request of a call that has just one. */
  singleRequest(): unknown;
  /** It has a connection. */
  attemptAttached(attempt: CallAttempt): void;
  /** It has room for requests. */
  attemptWritable(attempt: CallAttempt): void;
  /** The response begins: this attempt is the call's. */
  commit(attempt: CallAttempt): void;
  attemptFailed(attempt: CallAttempt, failure: AttemptFailure): void;
}

/** See the file's first line. It is also the entry of its time limit in the deadline wheel. */
export class CallAttempt extends DeadlineEntry implements PendingCall {
  readonly isConfigured: boolean = true;
  readonly plan: MethodPlan;
  readonly path: string;
  readonly origin: AttemptOrigin;
  readonly metadata: Metadata | undefined;
  readonly avoidedPeer: string | undefined;
  /** Its stream; undefined while it waits for a connection. */
  stream: Attempt | undefined = undefined;
  /** When it got its connection, by the clock of deadlines. */
  attachedMs: number = 0;
  isOver: boolean = false;
  /** How many of the kept requests it has sent. */
  sentCount: number = 0;
  hasRoom: boolean = true;
  isSendClosed: boolean = false;
  encoder: MessageCodec<unknown>;
  private readonly group: AttemptGroup;
  private observer: AttemptObserver | undefined = undefined;
  record: AttemptRecord | undefined = undefined;
  private isTiming = false;

  constructor(group: AttemptGroup, origin: AttemptOrigin) {
    super();
    this.group = group;
    this.origin = origin;
    this.encoder = group.keptRequests;
    this.plan = group.call.plan;
    this.path = group.call.plan.path;
    this.avoidedPeer = group.avoidedPeer;
    const { observed, host } = group.call;
    if (observed !== undefined && host.observers !== undefined) {
      this.record = host.observers.beginAttempt(observed, origin);
    }
    const metadata = this.record === undefined ? group.call.metadata : this.record.metadata;
    this.metadata = withoutAttempts(metadata, origin.number);
  }

  get observers(): CallObservers | undefined {
    return this.group.call.host.observers;
  }

  waits(): void {
    if (this.record !== undefined) {
      this.record.waitedForPick = true;
    }
  }

  get previousAttempts(): number {
    return this.origin.number - 1;
  }

  // --- as the call

  get owner(): object {
    return this.group.call.host.owner;
  }

  get authority(): string | undefined {
    return this.group.call.authority;
  }

  get deadlineMs(): number {
    return this.group.call.deadlineMs;
  }

  remainingMs(): number {
    return this.group.call.remainingMs();
  }

  get compression(): OutgoingCompression | undefined {
    return this.group.call.compression;
  }

  get maxReceiveMessageBytes(): number {
    return this.group.call.maxReceiveMessageBytes;
  }

  get hasConfigLimit(): boolean {
    return this.group.call.hasConfigLimit;
  }

  get bufferedMessages(): number {
    return this.group.call.bufferedMessages;
  }

  get waitForReady(): boolean {
    return this.group.call.waitForReady;
  }

  get isMovable(): boolean {
    return this.group.repeatsUnavailable;
  }

  // --- what the channel and the transport tell

  configureMethod(): boolean {
    return true;
  }

  watch(observer: AttemptObserver | undefined): void {
    this.observer = observer;
  }

  attached(stream: Attempt): void {
    const { call, perAttemptTimeoutMs } = this.group;
    const { deadlines } = call.host;
    this.stream = stream;
    this.observer?.started();
    if (call.isTimed || perAttemptTimeoutMs !== Infinity) {
      this.attachedMs = deadlines.now();
    }
    if (this.record !== undefined) {
      this.observers?.attached(this.record, stream);
    }
    if (perAttemptTimeoutMs !== Infinity) {
      this.isTiming = true;
      deadlines.add(this.attachedMs + perAttemptTimeoutMs, this);
    }
    this.group.attemptAttached(this);
  }

  singleRequest(): unknown {
    return this.group.singleRequest();
  }

  writable(): void {
    this.hasRoom = true;
    this.group.attemptWritable(this);
  }

  headersReceived(fields: readonly string[]): void {
    this.stopTiming();
    if (this.record !== undefined) {
      this.observers?.headersReceived(this.record, fields);
    }
    this.group.commit(this);
    this.group.call.headersReceived(fields);
  }

  messageReceived(message: unknown, byteCount: number): void {
    this.group.call.messageReceived(message, byteCount);
  }

  succeeded(trailers: readonly string[]): void {
    this.end(undefined, trailers);
    this.group.commit(this);
    this.group.call.succeeded(trailers);
  }

  failed(error: RpcError, reach: Reach, trailers: readonly string[] | undefined): void {
    this.end(error, trailers);
    this.group.attemptFailed(this, { error, reach, trailers, isTimeout: false });
  }

  refused(error: RpcError, isFinal: boolean): void {
    this.failed(error, isFinal ? "local" : "sent", undefined);
  }

  /** Its own time limit has passed. */
  override expired(): void {
    this.isTiming = false;
    const limit = formatMs(this.group.perAttemptTimeoutMs);
    const text = `no response from ${this.stream?.peer} within the ${limit} ms of one attempt`;
    const error = new RpcError(Code.DEADLINE_EXCEEDED, text);
    this.stream?.cancel();
    this.end(error, undefined, true);
    this.group.attemptFailed(this, { error, reach: "sent", trailers: undefined, isTimeout: true });
  }

  // --- how it ends

  /** Gives it up, whether it has a connection or waits for one. */
  cancel(reason: RpcError): void {
    if (this.isOver) {
      return;
    }
    this.stream === undefined ? this.group.call.host.forget(this) : this.stream.cancel();
    this.end(reason, undefined, true);
  }

  private end(
    error: RpcError | undefined,
    trailers: readonly string[] | undefined,
    isGivenUp = false,
  ): void {
    this.isOver = true;
    this.stopTiming();
    if (this.stream !== undefined) {
      this.observer?.ended({ code: error?.code ?? Code.OK, trailers });
    }
    this.observer = undefined;
    if (this.record !== undefined) {
      this.observers?.endAttempt(this.record, { error, trailers, isGivenUp });
    }
    this.record = undefined;
  }

  private stopTiming(): void {
    if (this.isTiming) {
      this.isTiming = false;
      this.group.call.host.deadlines.remove(this);
    }
  }
}

const attemptsName = "grpc-previous-rpc-attempts";

/** The number that we send is ours: not one that came with metadata which is passed on. */
function withoutAttempts(metadata: Metadata | undefined, number: number): Metadata | undefined {
  if (number === 1 || !metadata?.has(attemptsName)) {
    return metadata;
  }
  const own = metadata.clone();
  own.delete(attemptsName);
  return own;
}
