// Runs a call through a channel's interceptors and gives it the same face as one without.
import {
  Code,
  DeadlineEntry,
  type DeadlineWheel,
  Deferred,
  type Metadata,
  type Next,
  type Reply,
  RpcError,
} from "@trunkline/core";
import { type Abortable, joinSignal, leaveSignal } from "../abort-fan.js";
import { toAbortError } from "../call-limits.js";
import type { CallOptions } from "../call-options.js";
import { toCallbackError } from "./callback-error.js";
import type { OutgoingCall } from "./outgoing-call.js";
import { receivedTrailersOf } from "./received-trailers.js";
import { rejectAgain } from "./traced-errors.js";

/** The end of the chain keeps the deadline as well, and knows better what was waited for: it goes first. */
const headStartMs = 1;

/**
 * One call on its way through the interceptors, and what comes of it. Until there is a reply, deadline
 * and cancellation end it here, whatever the interceptors are doing.
 */
export class InterceptedRun extends DeadlineEntry implements Abortable {
  readonly #call: OutgoingCall;
  readonly #options: CallOptions | undefined;
  readonly #deadlines: DeadlineWheel;
  readonly #reply: Deferred<Reply> = new Deferred<Reply>();
  #isSettled = false;
  /** The head start has been given. */
  #hasWaited = false;
  /** The time limit of a signal has passed: the error, unless the end of the chain has a better one. */
  #timedOut: RpcError | undefined;
  /** Settles when a stream of responses has ended; rejects with what `onTrailer` threw then. */
  #ending: Promise<void> | undefined;

  constructor(
    next: Next,
    call: OutgoingCall,
    options: CallOptions | undefined,
    deadlines: DeadlineWheel,
  ) {
    super();
    this.#call = call;
    this.#options = options;
    this.#deadlines = deadlines;
    if (call.deadline !== undefined) {
      deadlines.add(call.deadline + headStartMs, this);
    }
    // Read before the call sets off, so that `cancel` can abort it.
    const { signal } = call;
    signal.aborted ? this.aborted(signal.reason) : joinSignal(signal, this);
    void this.#begin(next);
  }

  async #begin(next: Next): Promise<void> {
    try {
      const reply = this.#check(await next(this.#call));
      if (!this.#isSettled) {
        this.#replied(reply);
      }
    } catch (reason) {
      this.#fail(RpcError.from(reason));
    }
  }

  #check(reply: Reply | undefined): Reply {
    const { message, messages } = reply ?? {};
    const missing = this.#call.streamsResponses
      ? messages === undefined && "messages"
      : message === undefined && "a message";
    if (reply === undefined || missing) {
      throw new RpcError(
        Code.INTERNAL,
        `an interceptor answered the call to ${this.#call.path} without ${missing}`,
      );
    }
    return reply;
  }

  #replied(reply: Reply): void {
    this.#callBack(this.#options?.onHeader, reply.headers);
    if (this.#call.streamsResponses) {
      this.#ending = reply.closed.then(() => this.#ended(reply));
      this.#ending.catch(ignore);
    } else {
      this.#ended(reply);
    }
    this.#settle();
    this.#reply.resolve(reply);
  }

  #ended(reply: Reply): void {
    this.#call.dispose();
    this.#callBack(this.#options?.onTrailer, reply.trailers);
  }

  #fail(error: RpcError): void {
    if (this.#isSettled) {
      return;
    }
    this.#settle();
    // Whatever the interceptors have sent and not waited for shall not go on.
    this.#call.cancel(error);
    this.#call.dispose();
    // Only now: a promise with two reactions would end the stack.
    this.#reply.resolve(rejectAgain(error, () => this.#reply.silence()));
    const trailers = receivedTrailersOf(error);
    if (trailers !== undefined) {
      try {
        this.#options?.onTrailer?.(trailers);
      } catch {
        // The call has failed already, for a reason that matters more.
      }
    }
  }

  #settle(): void {
    this.#isSettled = true;
    this.#deadlines.remove(this);
    leaveSignal(this.#call.signal, this);
  }

  #callBack(callback: ((metadata: Metadata) => void) | undefined, metadata: Metadata): void {
    try {
      callback?.(metadata);
    } catch (cause) {
      throw toCallbackError(this.#call.path, cause);
    }
  }

  override expired(): void {
    // A loop that was held up lets both expire in one turn: what the end of the chain says is on its way.
    if (!this.#hasWaited) {
      this.#hasWaited = true;
      this.#deadlines.add(this.#deadlines.now() + headStartMs, this);
      return;
    }
    const text = "the deadline passed before the interceptors had an answer";
    this.#fail(
      this.#timedOut ?? new RpcError(Code.DEADLINE_EXCEEDED, `${this.#call.path}: ${text}`),
    );
  }

  aborted(reason: unknown): void {
    const error = toAbortError(reason);
    if (error.code === Code.DEADLINE_EXCEEDED && error !== reason) {
      this.#timedOut = error;
      this.#deadlines.add(this.#deadlines.now() + headStartMs, this);
    } else {
      this.#fail(error);
    }
  }

  /**
   * The caller has read the last response: resolves when `onTrailer` was called, or in the next turn,
   * for interceptors may end a stream before its call.
   * @throws what `onTrailer` threw.
   */
  async ended(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const nextTurn = new Promise<void>((resolve) => {
      timer = setTimeout(resolve);
    });
    try {
      await Promise.race([this.#ending, nextTurn]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The single response. */
  async message(): Promise<unknown> {
    return (await this.#reply.promise).message;
  }

  /** The streamed responses. */
  async iterator(): Promise<AsyncIterator<unknown>> {
    const { messages } = await this.#reply.promise;
    // Looked after by #check.
    return messages![Symbol.asyncIterator]();
  }

  /** The server's metadata. */
  async headers(): Promise<Metadata> {
    return (await this.#reply.promise).headers;
  }

  /** The trailers, once the call has ended well. */
  async trailers(): Promise<Metadata> {
    const reply = await this.#reply.promise;
    const status = await reply.closed;
    if (status.code !== Code.OK) {
      throw status instanceof RpcError ? status : new RpcError(status.code, status.message, status);
    }
    return reply.trailers;
  }

  /** Ends the call, wherever it is. */
  cancel(reason: string): void {
    this.#call.cancel(new RpcError(Code.CANCELLED, reason));
  }
}

/** The responses of a call that streams them, to be had before the interceptors have a reply. */
export class InterceptedStream implements AsyncIterableIterator<unknown, undefined, undefined> {
  readonly #run: InterceptedRun;
  #iterator: AsyncIterator<unknown> | undefined;
  #isOver = false;

  constructor(run: InterceptedRun) {
    this.#run = run;
  }

  async next(): Promise<IteratorResult<unknown, undefined>> {
    if (this.#isOver) {
      return { done: true, value: undefined };
    }
    try {
      this.#iterator ??= await this.#run.iterator();
      const result = (await this.#iterator.next()) as IteratorResult<unknown, undefined>;
      if (result.done && !this.#isOver) {
        this.#isOver = true;
        await this.#run.ended();
      }
      return result;
    } catch (error) {
      this.#isOver = true;
      throw error;
    }
  }

  async return(): Promise<IteratorResult<unknown, undefined>> {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#run.cancel("the caller left the stream of responses early");
      await this.#iterator?.return?.();
    }
    return { done: true, value: undefined };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function ignore(): void {}
