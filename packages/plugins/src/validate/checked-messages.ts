// A stream of messages of which each is checked when it is read.

/** What fails the check ends the stream: the reader gets its error, the source is closed. */
export class CheckedMessages implements AsyncIterable<unknown> {
  readonly #source: AsyncIterable<unknown>;
  readonly #check: (message: unknown) => void;

  /** @param check throws what the stream is to fail with. */
  constructor(source: AsyncIterable<unknown>, check: (message: unknown) => void) {
    this.#source = source;
    this.#check = check;
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown> {
    return new CheckedIterator(this.#source[Symbol.asyncIterator](), this.#check);
  }
}

class CheckedIterator implements AsyncIterator<unknown> {
  readonly #source: AsyncIterator<unknown>;
  readonly #check: (message: unknown) => void;
  #failed = false;

  constructor(source: AsyncIterator<unknown>, check: (message: unknown) => void) {
    this.#source = source;
    this.#check = check;
  }

  async next(): Promise<IteratorResult<unknown>> {
    if (this.#failed) return { done: true, value: undefined };
    const result = await this.#source.next();
    if (result.done) return result;
    try {
      this.#check(result.value);
      return result;
    } catch (error) {
      this.#failed = true;
      // Not awaited: a source that will not end does not hold up the bad news.
      Promise.resolve(this.#source.return?.()).catch(() => {});
      throw error;
    }
  }

  async return(): Promise<IteratorResult<unknown>> {
    await this.#source.return?.();
    return { done: true, value: undefined };
  }
}
