// A bounded queue between those who have news and the one call that streams them to a client.

/** Items for one reader, in the order in which they were put. Iterated once. */
export class Mailbox<T> implements AsyncIterableIterator<T> {
  readonly #limit: number;
  #items: T[] = [];
  #end: { readonly error: unknown } | undefined;
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void } | undefined;

  /** @param limit how many items may wait for the reader. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many items it takes before the reader must take one; without end after the end. */
  get room(): number {
    return this.#end === undefined ? this.#limit - this.#items.length : Number.POSITIVE_INFINITY;
  }

  /** Puts an item; false when there is no room for it. After the end it is dropped. */
  put(item: T): boolean {
    if (this.#end !== undefined) return true;
    if (this.#waiting !== undefined) {
      this.#waiting.resolve({ done: false, value: item });
      this.#waiting = undefined;
      return true;
    }
    if (this.#items.length >= this.#limit) return false;
    this.#items.push(item);
    return true;
  }

  /** The reader gets what waits, and then the end. */
  end(): void {
    this.#close(undefined);
  }

  /** The reader gets `error` at once; what waits is dropped. Without effect after the end. */
  fail(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#items = [];
    this.#close(error);
  }

  next(): Promise<IteratorResult<T>> {
    const [item] = this.#items;
    if (this.#items.length > 0) {
      this.#items.shift();
      return Promise.resolve({ done: false, value: item! });
    }
    if (this.#end === undefined) {
      return new Promise((resolve, reject) => {
        this.#waiting = { resolve, reject };
      });
    }
    const { error } = this.#end;
    this.#end = { error: undefined };
    return error === undefined ? Promise.resolve(done()) : Promise.reject(error);
  }

  /** The reader has gone. */
  return(): Promise<IteratorResult<T>> {
    this.#items = [];
    this.#close(undefined);
    return Promise.resolve(done());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #close(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    this.#end = { error: undefined };
    if (error === undefined) waiting.resolve(done());
    else waiting.reject(error);
  }
}

function done<T>(): IteratorResult<T> {
  return { done: true, value: undefined };
}
