// Messages on their way to a client that wants an iterable of them.

/** Hands messages to a client that wants an iterable of them. */
export class Outbox<T> implements AsyncIterable<T> {
  #waiting: ((value: T | undefined) => void) | undefined;
  #next: T | undefined;
  #ended = false;

  push(value: T): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(value);
    else this.#next = value;
  }

  end(): void {
    this.#ended = true;
    this.#waiting?.(undefined);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    while (!this.#ended) {
      const ready = this.#next;
      this.#next = undefined;
      const value =
        ready ??
        (await new Promise<T | undefined>((resolve) => {
          this.#waiting = resolve;
        }));
      if (value === undefined) return;
      yield value;
    }
  }
}
