// The bridge from messages that are pushed by the network to an async iterator that is pulled.

/** Whoever feeds a MessageQueue hears here what the consumer does. */
export interface MessageQueueOwner {
  /**
   * The consumer has taken a message (or nobody ever will): its bytes may be given back to flow control.
   * @param byteCount as it was pushed.
   */
  onConsumed(byteCount: number): void;
  /** The consumer has left early: `break`, `return` or an exception inside `for await`. Called at most once. */
  onReturn(): void;
  /**
   * Makes the promise that the consumer's is rejected by; see `rejectTraced`. Default: `Promise.reject(reason)`.
   * @param rejecting to be called once reactions may be added.
   */
  rejection?(reason: unknown, rejecting: () => void): Promise<never>;
}

const initialCapacity = 8;

// Rings of no capacity, shared by all queues in which no message has had to wait; never written to.
const noMessages: never[] = [];
const noByteCounts: number[] = [];

interface Waiter<T> {
  promise: Promise<IteratorResult<T, undefined>> | undefined;
  readonly resolve: (result: IteratorResult<T, undefined> | Promise<never>) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * A queue with `push` on one side and `for await` on the other. It is bounded by flow control: the
 * bytes of a message are given back only when the consumer has taken it, so that a peer can fill no more
 * than its window.
 *
 * Each `next` costs one promise; a consumer that waits gets its promise resolved by `push` directly.
 * Messages that were pushed before `end` or `fail` are still delivered; `abort` drops them.
 */
export class MessageQueue<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #owner: MessageQueueOwner;
  // Rings of the same size, a power of two: messages, and the bytes each is worth.
  #messages: (T | undefined)[] = noMessages;
  #byteCounts: number[] = noByteCounts;
  #first = 0;
  #count = 0;
  #bufferedBytes = 0;
  // One consumer waits as a rule; more than one needs the list.
  #waiter: Waiter<T> | undefined;
  #moreWaiters: Waiter<T>[] | undefined;
  #ended = false;
  #failure: { readonly reason: unknown } | undefined;

  constructor(owner: MessageQueueOwner) {
    this.#owner = owner;
  }

  /** Messages that wait for the consumer. */
  get size(): number {
    return this.#count;
  }

  /** Bytes of the messages that wait for the consumer. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** True from `end`, `fail`, `abort` or an early exit on: nothing more is accepted. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /**
   * Adds a message. After the end it is dropped, and its bytes count as consumed.
   * @param byteCount what the message is worth to flow control, envelope included; default 0.
   */
  push(message: T, byteCount: number = 0): void {
    if (this.#ended) {
      this.#consumed(byteCount);
      return;
    }
    const waiter = this.#waiter;
    if (waiter === undefined) {
      this.#enqueue(message, byteCount);
      return;
    }
    this.#waiter = this.#moreWaiters?.shift();
    waiter.resolve({ done: false, value: message });
    this.#consumed(byteCount);
  }

  /** No message follows; what is buffered will still be delivered. */
  end(): void {
    this.#finish(undefined);
  }

  /** What is buffered will still be delivered, then the consumer gets `reason` thrown. */
  fail(reason: unknown): void {
    this.#finish({ reason });
  }

  /** Drops what is buffered; the consumer gets `reason` thrown next. Also works after `end` and `fail`. */
  abort(reason: unknown): void {
    const isOver = this.#ended && this.#count === 0;
    this.#drop();
    if (!isOver) {
      this.#failure = { reason };
    }
    this.#finish({ reason });
  }

  /** The next message; done after the last one; rejects after `fail` and `abort`, once. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#count > 0) {
      return Promise.resolve({ done: false, value: this.#dequeue() });
    }
    if (this.#ended) {
      return this.#settled();
    }
    let waiter: Waiter<T> | undefined;
    const promise = new Promise<IteratorResult<T, undefined>>((resolve, reject) => {
      waiter = { promise: undefined, resolve, reject };
    });
    waiter!.promise = promise;
    this.#addWaiter(waiter!);
    return promise;
  }

  #addWaiter(waiter: Waiter<T>): void {
    if (this.#waiter === undefined) {
      this.#waiter = waiter;
    } else {
      this.#moreWaiters ??= [];
      this.#moreWaiters.push(waiter);
    }
  }

  /** The consumer leaves: what is buffered is dropped, and the owner is told unless all was over. */
  return(): Promise<IteratorResult<T, undefined>> {
    const isEarly = !this.#ended || this.#count > 0 || this.#failure !== undefined;
    this.#failure = undefined;
    this.#finish(undefined);
    this.#drop();
    if (isEarly) {
      this.#owner.onReturn();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  /** For `await using`: the consumer leaves. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** A queue is its own iterator: it can be consumed once. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(failure: { readonly reason: unknown } | undefined): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#failure = failure;
    for (let waiter = this.#waiter; waiter !== undefined; waiter = this.#moreWaiters?.shift()) {
      this.#settle(waiter);
    }
    this.#waiter = undefined;
  }

  #settle(waiter: Waiter<T>): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) {
      waiter.resolve({ done: true, value: undefined });
    } else if (this.#owner.rejection === undefined) {
      waiter.reject(failure.reason);
      tolerate(waiter.promise!);
    } else {
      waiter.resolve(this.#owner.rejection(failure.reason, () => tolerate(waiter.promise!)));
    }
  }

  #settled(): Promise<IteratorResult<T, undefined>> {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure === undefined) {
      return Promise.resolve({ done: true, value: undefined });
    }
    if (this.#owner.rejection !== undefined) {
      const traced = this.#owner.rejection(failure.reason, () => tolerate(traced));
      return traced;
    }
    const rejected = Promise.reject(failure.reason);
    tolerate(rejected);
    return rejected;
  }

  #enqueue(message: T, byteCount: number): void {
    if (this.#count === this.#messages.length) {
      this.#grow();
    }
    const at = (this.#first + this.#count) & (this.#messages.length - 1);
    this.#messages[at] = message;
    this.#byteCounts[at] = byteCount;
    this.#count++;
    this.#bufferedBytes += byteCount;
  }

  #dequeue(): T {
    const at = this.#first;
    const message = this.#messages[at] as T;
    const byteCount = this.#byteCounts[at]!;
    this.#messages[at] = undefined;
    this.#first = (at + 1) & (this.#messages.length - 1);
    this.#count--;
    this.#bufferedBytes -= byteCount;
    this.#consumed(byteCount);
    return message;
  }

  #grow(): void {
    const size = this.#messages.length;
    const messages: (T | undefined)[] = new Array(Math.max(initialCapacity, 2 * size));
    const byteCounts: number[] = new Array(messages.length);
    messages.fill(undefined);
    byteCounts.fill(0);
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#first + i) & (size - 1);
      messages[i] = this.#messages[at];
      byteCounts[i] = this.#byteCounts[at]!;
    }
    this.#messages = messages;
    this.#byteCounts = byteCounts;
    this.#first = 0;
  }

  #drop(): void {
    const byteCount = this.#bufferedBytes;
    this.#messages = noMessages;
    this.#byteCounts = noByteCounts;
    this.#first = 0;
    this.#count = 0;
    this.#bufferedBytes = 0;
    this.#consumed(byteCount);
  }

  #consumed(byteCount: number): void {
    if (byteCount > 0) {
      this.#owner.onConsumed(byteCount);
    }
  }
}

/** A consumer may have forgotten its promise; that shall not end the process as an unhandled rejection. */
function tolerate(promise: Promise<unknown>): void {
  promise.then(undefined, ignore);
}

function ignore(): void {}
