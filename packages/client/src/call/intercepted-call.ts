// Runs a call through a channel's interceptors and gives it the same face as one without.
import { Code, type Metadata, type Next, type Reply, RpcError } from "@trunkline/core";
import type { CallOptions } from "./call-options.js";
import type { OutgoingCall } from "./outgoing-call.js";

/** One call on its way through the interceptors, and what comes of it. */
export class InterceptedRun {
  readonly #call: OutgoingCall;
  readonly #options: CallOptions | undefined;
  readonly #reply: Promise<Reply>;

  constructor(next: Next, call: OutgoingCall, options: CallOptions | undefined) {
    this.#call = call;
    this.#options = options;
    // Read before the call sets off, so that `cancel` can abort it.
    void call.signal;
    this.#reply = this.#begin(next);
    this.#reply.catch(ignore);
  }

  async #begin(next: Next): Promise<Reply> {
    try {
      const reply = await next(this.#call);
      this.#options?.onHeader?.(reply.headers);
      if (reply.messages === undefined) {
        this.#ended(reply);
      } else {
        void reply.closed.then(() => this.#ended(reply)).catch(ignore);
      }
      return reply;
    } catch (reason) {
      this.#call.dispose();
      const error = RpcError.from(reason);
      if (error.hasMetadata) {
        this.#options?.onTrailer?.(error.metadata);
      }
      throw error;
    }
  }

  #ended(reply: Reply): void {
    this.#call.dispose();
    this.#options?.onTrailer?.(reply.trailers);
  }

  /** The single response. */
  async message(): Promise<unknown> {
    return (await this.#reply).message;
  }

  /** The streamed responses. */
  async iterator(): Promise<AsyncIterator<unknown>> {
    const { messages } = await this.#reply;
    if (messages === undefined) {
      const { name } = this.#call.method;
      throw new RpcError(
        Code.INTERNAL,
        `an interceptor answered the streaming call ${name} without messages`,
      );
    }
    return messages[Symbol.asyncIterator]();
  }

  /** The server's metadata. */
  async headers(): Promise<Metadata> {
    return (await this.#reply).headers;
  }

  /** The trailers, once the call has ended well. */
  async trailers(): Promise<Metadata> {
    const reply = await this.#reply;
    const status = await reply.closed;
    if (status.code !== Code.OK) {
      throw status instanceof RpcError ? status : new RpcError(status.code, status.message, status);
    }
    return reply.trailers;
  }

  /** Ends the call, wherever it is. */
  cancel(reason: string): void {
    this.#call.cancel(reason);
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
      return (await this.#iterator.next()) as IteratorResult<unknown, undefined>;
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

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function ignore(): void {}
