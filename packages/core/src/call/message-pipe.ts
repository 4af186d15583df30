// From whoever pushes messages to whoever pulls them: each send waits until its message is asked for.
import { Code } from "../status/code.js";
import { RpcError } from "../status/rpc-error.js";
import { UsageError } from "../status/usage-error.js";
import { Deferred } from "./deferred.js";

interface Waiting<T> {
  readonly message: T;
  readonly sent: Deferred<void>;
}

/**
 * A stream of messages that is written to rather than generated: `send` on one side, `for await` on the
 * other, to be read once. For a handler whose responses come from elsewhere, and for requests of a
 * call. Awaiting `send` is back-pressure; nothing else bounds what waits here.
 *
 * @example
 * watch(request, call) {
 *   const responses = new MessagePipe<Change>();
 *   const stop = feed.subscribe((change) => responses.send(change));
 *   call.signal.addEventListener("abort", stop);
 *   return responses;
 * }
 */
export class MessagePipe<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #waiting: Waiting<T>[] = [];
  #puller: Deferred<IteratorResult<T, undefined>> | undefined;
  #failure: { readonly reason: unknown } | undefined;
  #isClosed = false;
  #isOver = false;

  /** Messages that have been sent and not been asked for yet. */
  get size(): number {
    return this.#waiting.length;
  }

  /**
   * Sends a message. Resolves when the other side has asked for it, at once when it was waiting: then
   * there is room for the next one. Rejects with CANCELLED when the other side leaves before.
   * @throws {UsageError} after `closeSend` and `fail`.
   */
  send(message: T): Promise<void> {
    if (this.#isClosed) {
      throw new UsageError("send was called after closeSend");
    }
    const sent = new Deferred<void>().silence();
    if (this.#isOver) {
      sent.reject(callOver());
    } else if (this.#puller !== undefined) {
      const puller = this.#puller;
      this.#puller = undefined;
      puller.resolve({ done: false, value: message });
      sent.resolve();
    } else {
      this.#waiting.push({ message, sent });
    }
    return sent.promise;
  }

  /** No message follows; those that wait are still sent. */
  closeSend(): void {
    this.#isClosed = true;
    if (this.#waiting.length === 0) {
      this.#endPuller();
    }
  }

  /** No message follows, and behind those that wait the other side gets `reason` thrown. Does nothing after the end. */
  fail(reason: unknown): void {
    if (this.#isClosed || this.#isOver) {
      return;
    }
    this.#isClosed = true;
    if (this.#puller === undefined) {
      this.#failure = { reason };
    } else {
      this.#puller.reject(reason);
      this.#puller = undefined;
    }
  }

  /** The next message; for whoever reads. */
  next(): Promise<IteratorResult<T, undefined>> {
    const first = this.#waiting.shift();
    if (first !== undefined) {
      first.sent.resolve();
      return Promise.resolve({ done: false, value: first.message });
    }
    const failure = this.#failure;
    if (failure !== undefined) {
      this.#failure = undefined;
      return Promise.reject(failure.reason);
    }
    if (this.#isClosed || this.#isOver) {
      return Promise.resolve({ done: true, value: undefined });
    }
    this.#puller = new Deferred();
    return this.#puller.promise;
  }

  /** The reader leaves, or the call has ended: what still waits will not be sent. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#isOver = true;
    this.#failure = undefined;
    this.#endPuller();
    for (const waiting of this.#waiting.splice(0)) {
      waiting.sent.reject(callOver());
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  /** For `await using`: the reader leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** A pipe is its own iterator. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #endPuller(): void {
    this.#puller?.resolve({ done: true, value: undefined });
    this.#puller = undefined;
  }
}

function callOver(): RpcError {
  return new RpcError(
    Code.CANCELLED,
    "the message was not sent: the call has ended, see its messages or trailers for the status",
  );
}
