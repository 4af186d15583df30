// The attempts of one call: hands them its requests, repeats those that nobody has seen, and commits to one.
import { Code, codeName, DeadlineEntry, type MessageCodec, RpcError } from "@trunkline/core";
import type { AttemptOrigin } from "../telemetry/client-call-record.js";
import type { RequestOutlet } from "../transport/transport.js";
import { type AttemptGroup, CallAttempt } from "./call-attempt.js";
import { toExhaustedError } from "./exhausted-error.js";
import { encodedMessages, encodeOnce, type RequestBuffer } from "./request-buffer.js";
import type { AttemptFailure, RetriedCall } from "./retried-call.js";
import type { PausedCall } from "./retry-rules.js";
import { mayRepeat } from "./transparent-retry.js";

/** Lists of attempts are replaced, never changed. */
const none: CallAttempt[] = [];

/** How all calls begin. */
export const firstAttempt: AttemptOrigin = {
  number: 1,
  kind: "first",
  delayMs: 0,
  reason: undefined,
};

/**
 * What retries and hedging have in common. As an entry of the deadline wheel it waits for the next attempt.
 * Once an attempt is the call's (`commit`), the others are cancelled and what was kept for them is let go.
 */
export abstract class CallAttempts
  extends DeadlineEntry
  implements AttemptGroup, RequestOutlet, PausedCall
{
  readonly call: RetriedCall;
  readonly perAttemptTimeoutMs: number;
  /** Attempts made, transparent ones not counted. */
  protected attempts: number = 0;
  /** Those under way, the oldest first. */
  protected live: CallAttempt[] = none;
  /** What has failed last, and where. */
  protected lastFailure: AttemptFailure | undefined = undefined;
  protected lastPeer: string | undefined = undefined;
  /** When the next attempt comes, by the clock of deadlines; 0 when none is planned. */
  protected nextAtMs: number = 0;
  /** Requests went beyond the limits of what may be kept: there is no further attempt. */
  protected overflow: string | undefined = undefined;
  /** Undefined once no further attempt can need it. */
  private buffer: RequestBuffer | undefined;
  /** The only one of a call that has just one; it bears the marks, while the bytes are in the buffer. */
  private request: unknown;
  private chosen: CallAttempt | undefined = undefined;
  private hasEnded = false;
  private wasRefused = false;
  private isSendClosed = false;
  private hasPump = false;
  private readonly startedMs: number;

  constructor(
    call: RetriedCall,
    buffer: RequestBuffer,
    request: unknown,
    perAttemptTimeoutMs: number,
  ) {
    super();
    this.call = call;
    this.buffer = buffer;
    this.request = request;
    this.perAttemptTimeoutMs = perAttemptTimeoutMs;
    this.startedMs = call.host.deadlines.now();
  }

  /** An answer has come, or the call has ended: there will be no more attempts. */
  protected get isDone(): boolean {
    return this.hasEnded || this.chosen !== undefined;
  }

  get avoidedPeer(): string | undefined {
    return this.live.at(-1)?.stream?.peer ?? this.lastPeer;
  }

  /** See `AttemptGroup`. */
  abstract get repeatsUnavailable(): boolean;

  /** Makes the first attempt. */
  abstract start(): void;

  /** An attempt has failed that is not repeated unnoticed. */
  protected abstract failedForGood(attempt: CallAttempt, failure: AttemptFailure): void;

  // --- attempts

  protected begin(origin: AttemptOrigin): void {
    if (origin.kind !== "transparent") {
      this.attempts = origin.number;
    }
    const attempt = new CallAttempt(this, origin);
    // A list of one is small; an empty one that grows makes room for seventeen.
    this.live = this.live.length === 0 ? [attempt] : [...this.live, attempt];
    this.call.host.start(attempt);
  }

  /** Plans the next attempt. */
  protected planNext(delayMs: number): void {
    const { deadlines, retries } = this.call.host;
    this.nextAtMs = deadlines.now() + delayMs;
    deadlines.add(this.nextAtMs, this);
    retries.paused.add(this);
  }

  protected unplan(): void {
    if (this.nextAtMs !== 0) {
      this.nextAtMs = 0;
      this.call.host.deadlines.remove(this);
      this.call.host.retries.paused.delete(this);
    }
  }

  /** The channel is closed: what comes next would only be told so. */
  channelClosed(): void {
    this.unplan();
    if (this.live.length === 0) {
      const { host } = this.call;
      this.giveUp(
        new RpcError(
          Code.CANCELLED,
          `the channel to "${host.target}" was closed between two attempts`,
        ),
        undefined,
        undefined,
      );
    }
  }

  attemptFailed(attempt: CallAttempt, failure: AttemptFailure): void {
    this.live = this.live.filter((other) => other !== attempt);
    this.lastFailure = failure;
    this.lastPeer = attempt.stream?.peer ?? this.lastPeer;
    if (this.chosen !== undefined) {
      this.release();
      this.call.endFailed(failure.error, failure.trailers);
      return;
    }
    if (mayRepeat(failure.reach, this.wasRefused, this.buffer !== undefined)) {
      this.wasRefused ||= failure.reach === "refused";
      const { number } = attempt.origin;
      this.begin({ number, kind: "transparent", delayMs: 0, reason: this.describeLast() });
      return;
    }
    this.failedForGood(attempt, failure);
  }

  /** The last failure in words. */
  protected describeLast(): string | undefined {
    const error = this.lastFailure?.error;
    return error && `${codeName(error.code)}: ${error.message}`;
  }

  /** The call fails. @param why no further attempt is made; undefined: the failure speaks for itself. */
  protected giveUp(
    error: RpcError,
    why: string | undefined,
    trailers: readonly string[] | undefined,
  ): void {
    this.stop("another attempt has failed for good");
    const elapsedMs = this.call.host.deadlines.now() - this.startedMs;
    const { attempts, lastPeer: peer } = this;
    this.call.endFailed(
      why === undefined ? error : toExhaustedError(error, { attempts, elapsedMs, peer, why }),
      trailers,
    );
  }

  commit(attempt: CallAttempt): void {
    if (this.chosen !== undefined) {
      return;
    }
    this.chosen = attempt;
    this.unplan();
    this.cancelOthers(attempt, "another attempt was answered first");
    this.call.adopt(attempt.stream);
    this.letGo(attempt);
  }

  /** @param why the error, or what one is made of if there are others: errors are dear. */
  private cancelOthers(kept: CallAttempt | undefined, why: RpcError | string): void {
    if (this.live.length === 0 || (this.live.length === 1 && this.live[0] === kept)) {
      return;
    }
    const reason = typeof why === "string" ? new RpcError(Code.CANCELLED, why) : why;
    const { live } = this;
    this.live = kept === undefined ? none : [kept];
    for (const attempt of live) {
      if (attempt !== kept) attempt.cancel(reason);
    }
  }

  /** The call ends from its own side. */
  stop(why: RpcError | string): void {
    this.release();
    this.cancelOthers(undefined, why);
  }

  /** The call has ended: nothing of it stays behind. */
  release(): void {
    this.hasEnded = true;
    this.buffer?.release();
    this.buffer = undefined;
    this.request = undefined;
    this.unplan();
  }

  // --- requests

  singleRequest(): unknown {
    return this.request;
  }

  get keptRequests(): MessageCodec<unknown> {
    return this.call.plan.requestStreams ? encodedMessages : (this.buffer ?? this.call.encoder);
  }

  attemptAttached(attempt: CallAttempt): void {
    if (this.hasPump) {
      this.attemptWritable(attempt);
    } else if (this.call.plan.requestStreams) {
      this.hasPump = true;
      this.call.pumpTo(this);
    }
  }

  attemptWritable(attempt: CallAttempt): void {
    if (this.drain(attempt)) {
      this.call.pumpOn();
    }
  }

  /** Sends what the attempt has not sent yet. @returns whether it has all, and room for more. */
  private drain(attempt: CallAttempt): boolean {
    const { stream } = attempt;
    if (stream === undefined || attempt.isOver) {
      return false;
    }
    const messages = this.buffer?.messages;
    try {
      while (messages !== undefined && attempt.hasRoom && attempt.sentCount < messages.length) {
        attempt.hasRoom = stream.send(messages[attempt.sentCount++], false);
      }
    } catch (cause) {
      this.giveUp(RpcError.from(cause, Code.INTERNAL), undefined, undefined);
      return false;
    }
    const hasAll = messages === undefined || attempt.sentCount >= messages.length;
    if (hasAll && this.isSendClosed && !attempt.isSendClosed) {
      attempt.isSendClosed = true;
      stream.closeSend();
    }
    if (hasAll) {
      this.letGo(attempt);
    }
    return hasAll && attempt.hasRoom;
  }

  /** Nothing needs to be kept once the only attempt that will ever be has sent it. */
  private letGo(attempt: CallAttempt): void {
    const isOnly = this.chosen === attempt || this.overflow !== undefined;
    const { buffer } = this;
    if (isOnly && buffer !== undefined) {
      if (!this.call.plan.requestStreams || attempt.sentCount >= buffer.messages.length) {
        buffer.release();
        this.buffer = undefined;
        this.request = undefined;
        attempt.encoder = this.call.encoder;
      }
    }
  }

  /** From the pump: the next request of a stream. */
  send(message: unknown): boolean {
    const { buffer } = this;
    if (buffer === undefined) {
      const attempt = this.live[0];
      return attempt?.stream?.send(message, false) ?? true;
    }
    if (!buffer.add(encodeOnce(this.call.encoder, message))) {
      this.overflowed(`its requests exceed ${buffer.limitText}`);
    }
    let hasRoom = false;
    for (const attempt of this.live) {
      hasRoom = this.drain(attempt) || hasRoom;
    }
    return hasRoom;
  }

  /** The one that is furthest goes on alone (gRFC A6 "Memory Management"). */
  private overflowed(why: string): void {
    this.overflow ??= why;
    this.unplanHedges();
    const [first, ...others] = this.live;
    let furthest = first;
    for (const other of others) {
      if (other.sentCount > (furthest?.sentCount ?? 0)) furthest = other;
    }
    if (furthest !== undefined) {
      this.cancelOthers(furthest, why);
    }
  }

  /** Attempts beside each other are no longer possible; one that follows a failure is still due. */
  protected unplanHedges(): void {}

  /** From the pump: there are no more requests. */
  closeSend(): void {
    this.isSendClosed = true;
    for (const attempt of this.live) {
      this.drain(attempt);
    }
  }

  // --- in words

  /** What the call waits for, to complete "waiting for ...". */
  describeAwaited(): string {
    const { deadlines } = this.call.host;
    const newest = this.live.at(-1);
    const last = this.lastFailure === undefined ? "" : `, after ${this.describeLast()}`;
    if (newest === undefined) {
      const ms = Math.max(0, Math.round(this.nextAtMs - deadlines.now()));
      return `attempt ${this.attempts + 1}, due in ${ms} ms${last}`;
    }
    const attempt = this.attempts > 1 ? ` (attempt ${newest.origin.number}${last})` : "";
    if (newest.stream === undefined) {
      return `${this.call.host.describeWait(newest)}${attempt}`;
    }
    const forMs = Math.round(deadlines.now() - newest.attachedMs);
    return `a response from ${newest.stream.peer} for ${forMs} ms${attempt}`;
  }
}
