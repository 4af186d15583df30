// A value that tests change and wait for, without time that passes.

/** Holds a value; `until` resolves as soon as it is as wanted. */
export class Watched<T> {
  #value: T;
  readonly #waiting = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    this.#value = value;
    for (const wake of this.#waiting) wake();
  }

  /** Resolves when the value is as wanted; at once if it is. */
  until(isWanted: (value: T) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        if (!isWanted(this.#value)) return;
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      wake();
    });
  }
}
