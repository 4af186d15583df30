// Turns `send(message)` into a request stream: each message waits until the transport asks for it.
import { Code, RpcError, UsageError } from "@trunkline/core";
import { Deferred } from "./deferred.js";

interface Waiting {
  readonly message: unknown;
  readonly sent: Deferred<void>;
}

/** The sending half of a call that is driven by hand. */
export class RequestBridge implements AsyncIterableIterator<unknown, undefined, undefined> {
  readonly #waiting: Waiting[] = [];
  #puller: Deferred<IteratorResult<unknown, undefined>> | undefined;
  #isClosed = false;
  #isOver = false;

  /**
   * Resolves when the transport has taken the message and asks for more, or at once when it was waiting.
   * Rejects when the call ends first.
   * @throws {UsageError} after `closeSend`.
   */
  send(message: unknown): Promise<void> {
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
      this.#puller?.resolve({ done: true, value: undefined });
      this.#puller = undefined;
    }
  }

  next(): Promise<IteratorResult<unknown, undefined>> {
    const first = this.#waiting.shift();
    if (first !== undefined) {
      first.sent.resolve();
      return Promise.resolve({ done: false, value: first.message });
    }
    if (this.#isClosed || this.#isOver) {
      return Promise.resolve({ done: true, value: undefined });
    }
    this.#puller = new Deferred();
    return this.#puller.promise;
  }

  /** The call has ended: what still waits will not be sent. */
  return(): Promise<IteratorResult<unknown, undefined>> {
    this.#isOver = true;
    this.#puller?.resolve({ done: true, value: undefined });
    this.#puller = undefined;
    for (const waiting of this.#waiting.splice(0)) {
      waiting.sent.reject(callOver());
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function callOver(): RpcError {
  return new RpcError(
    Code.CANCELLED,
    "the message was not sent: the call has ended, see its messages or trailers for the status",
  );
}
