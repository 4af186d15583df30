// Pulls responses from a handler's iterable no faster than the client and the socket take them.
import type { ResponseIterator } from "../../dispatch/response-iterable.js";

/** The call that the responses belong to. */
export interface ResponseStreamOwner {
  /** @returns false: wait for `writable`. */
  sendResponse(value: unknown): boolean;
  responsesEnded(): void;
  fail(reason: unknown): void;
  handlerSettled(): void;
}

/** The responses of one call on their way from the handler to the client. */
export class ResponseStream {
  readonly #owner: ResponseStreamOwner;
  readonly #iterator: ResponseIterator;
  #cancelled = false;
  #wake: (() => void) | undefined = undefined;

  constructor(owner: ResponseStreamOwner, iterator: ResponseIterator) {
    this.#owner = owner;
    this.#iterator = iterator;
  }

  /** True while the client takes nothing. */
  get isBlocked(): boolean {
    return this.#wake !== undefined;
  }

  /** The client takes data again. */
  writable(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** The call has ended: pulls no more, and tells the handler's iterator to clean up. */
  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#closeIterator();
    this.writable();
  }

  /** Pulls and sends until either side has had enough. Never rejects. */
  async run(): Promise<void> {
    try {
      await this.#pull();
      if (!this.#cancelled) this.#owner.responsesEnded();
    } catch (error) {
      this.#owner.fail(error);
    }
    this.#owner.handlerSettled();
  }

  async #pull(): Promise<void> {
    const iterator = this.#iterator;
    while (!this.#cancelled) {
      const pulled = iterator.next();
      // Awaiting what is there already would cost a turn of the microtask queue per message.
      const result = isPromise(pulled) ? await pulled : pulled;
      if (this.#cancelled || result.done) return;
      const value = isPromise(result.value) ? await result.value : result.value;
      if (this.#cancelled) return;
      if (!this.#send(value)) await this.#drained();
    }
  }

  #send(value: unknown): boolean {
    try {
      return this.#owner.sendResponse(value);
    } catch (error) {
      this.#cancelled = true;
      this.#closeIterator();
      throw error;
    }
  }

  #drained(): Promise<void> | undefined {
    // Sending may have ended the call.
    if (this.#cancelled) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Nobody waits for the handler's clean-up, and nobody would know what to do with its errors. */
  #closeIterator(): void {
    try {
      const closed = this.#iterator.return?.();
      if (isPromise(closed)) closed.then(undefined, ignore);
    } catch {
      // A synchronous generator that is cancelled from inside itself says that it is running already.
    }
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Promise<T>>).then === "function"
  );
}

function ignore(): void {}
