// What a start has opened so far, so that all of it is closed when the rest cannot be opened, and at the end.

/** Something open. */
export interface Closable {
  close(): unknown;
}

/** What was opened last is closed first. */
export class Opened {
  readonly #all: Closable[] = [];

  /** @returns what it was given. */
  add<C extends Closable>(one: C): C {
    this.#all.push(one);
    return one;
  }

  /** The last one is somebody else's to close from now on. */
  release(): void {
    this.#all.pop();
  }

  async close(): Promise<void> {
    for (const one of this.#all.splice(0).reverse()) await one.close();
  }
}
