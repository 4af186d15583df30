// Bounds the lines of a log in each second, and knows how many were left out.

/** See `maxLinesPerSecond`. */
export class LineLimit {
  readonly #most: number;
  #second = -1;
  #lines = 0;
  #left = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether another line may be written. @param nowMs by any clock that goes forward. */
  admits(nowMs: number): boolean {
    if (this.#most === Infinity) return true;
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#lines = 0;
    }
    if (this.#lines < this.#most) {
      this.#lines++;
      return true;
    }
    this.#left++;
    return false;
  }

  /** How many were not admitted since this was asked for last. */
  takeLeftOut(): number {
    const left = this.#left;
    this.#left = 0;
    return left;
  }
}
