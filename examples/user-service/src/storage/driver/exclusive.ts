// Lets one at a time use what cannot be shared, in the order in which they asked.

/** A first-come-first-served lock. */
export class Exclusive {
  #tail: Promise<void> = Promise.resolve();

  /** Waits for everyone who asked before. The caller must call what it gets, once, to let go. */
  async acquire(): Promise<() => void> {
    const before = this.#tail;
    let release = (): void => {};
    this.#tail = new Promise((resolve) => {
      release = resolve;
    });
    await before;
    return release;
  }
}
