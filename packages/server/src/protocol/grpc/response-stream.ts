// Pulls responses from a handler's iterable no faster than the client and the socket take them.
import type { ResponseIterator } from "../../dispatch/response-iterable.js";

/** The call that the responses belong to. */
export interface ResponseStreamOwner {
  /**
   * @returns false: wait for `writable`.
   * @throws when the value is no response, or cannot be encoded.
   */
  sendResponse(value: unknown): boolean;
  responsesEnded(): void;
  fail(reason: unknown): void;
  /** The handler is done with the call, after which it does not count any more. */
  handlerSettled(): void;
}

/**
 * The responses of one call on their way from the handler to the client. There is always exactly one
 * thing that it waits for: the iterator, the client, or nothing any more. Callbacks that live as long
 * as the stream take the place of an async function: that would cost an idle stream some 500 bytes.
 */
export class ResponseStream {
  readonly #owner: ResponseStreamOwner;
  readonly #iterator: ResponseIterator;
  #isBlocked = false;
  #isCancelled = false;
  #isSettled = false;
  readonly #onResult = (result: IteratorResult<unknown>): void => {
    if (this.#accept(result)) this.#pull();
  };
  readonly #onValue = (value: unknown): void => {
    if (this.#send(value)) this.#pull();
  };
  readonly #onError = (reason: unknown): void => {
    this.#failed(reason);
  };

  constructor(owner: ResponseStreamOwner, iterator: ResponseIterator) {
    this.#owner = owner;
    this.#iterator = iterator;
  }

  /** True while the client takes nothing. */
  get isBlocked(): boolean {
    return this.#isBlocked;
  }

  /** Pulls and sends until either side has had enough. */
  start(): void {
    this.#pull();
  }

  /** The client takes data again. */
  writable(): void {
    if (!this.#isBlocked) return;
    this.#isBlocked = false;
    this.#pull();
  }

  /** The call has ended: pulls no more, and tells the handler's iterator to clean up. */
  cancel(): void {
    if (this.#isCancelled || this.#isSettled) return;
    this.#isCancelled = true;
    this.#closeIterator();
    // Nobody else is going to say so.
    if (this.#isBlocked) this.#settle();
    this.#isBlocked = false;
  }

  #pull(): void {
    try {
      for (;;) {
        const pulled = this.#iterator.next();
        // What is there already is taken at once: a turn of the microtask queue costs more than sending.
        if (isPromise(pulled)) {
          pulled.then(this.#onResult, this.#onError);
          return;
        }
        if (!this.#accept(pulled)) return;
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Never throws, whatever an iterator of the application's own making gives. @returns whether to pull the next one. */
  #accept(result: IteratorResult<unknown>): boolean {
    try {
      if (this.#isCancelled) this.#settle();
      else if (result.done) this.#ended();
      else if (isPromise(result.value)) result.value.then(this.#onValue, this.#onError);
      else return this.#send(result.value);
    } catch (error) {
      this.#failed(error);
    }
    return false;
  }

  /** @returns whether to pull the next one. */
  #send(value: unknown): boolean {
    if (this.#isCancelled) {
      this.#settle();
      return false;
    }
    try {
      this.#isBlocked = !this.#owner.sendResponse(value);
    } catch (error) {
      this.#closeIterator();
      this.#failed(error);
      return false;
    }
    return !this.#isBlocked;
  }

  #ended(): void {
    this.#settle();
    try {
      this.#owner.responsesEnded();
    } catch (error) {
      this.#owner.fail(error);
    }
  }

  #failed(reason: unknown): void {
    this.#settle();
    this.#owner.fail(reason);
  }

  #settle(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#owner.handlerSettled();
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

/** Whether it is something to wait for. */
export function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<Promise<T>>).then === "function"
  );
}

function ignore(): void {}
