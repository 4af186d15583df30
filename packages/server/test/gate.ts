// Holds a handler up until the test lets it go on.

/** Holds handlers up. */
export class Gate {
  /** Settles when somebody stands at the gate. */
  readonly entered: Promise<void>;
  readonly #opened: Promise<void>;
  #enter: () => void = () => {};
  /** Lets everybody through. */
  open: () => void = () => {};

  constructor() {
    this.entered = new Promise((resolve) => {
      this.#enter = resolve;
    });
    this.#opened = new Promise((resolve) => {
      this.open = resolve;
    });
  }

  /** What a handler awaits. */
  wait(): Promise<void> {
    this.#enter();
    return this.#opened;
  }
}
