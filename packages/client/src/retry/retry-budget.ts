// Bounds retries and hedges to a share of the calls of the last seconds, so that an outage is not multiplied.

/** Limits of a retry budget, as channels are told them. */
export interface RetryBudgetOptions {
  /** Retries and hedges allowed for each call, 0 to 1000: 0.2 is one for five calls. Default 0.2. */
  readonly ratio?: number | undefined;
  /** Retries and hedges allowed each second beside those, so that few calls may be retried as well; 0 or more. Default 10. */
  readonly minPerSecond?: number | undefined;
  /** How long calls and retries are remembered, milliseconds, 1000 to 60000. Default 10000. */
  readonly windowMs?: number | undefined;
}

/** Defaults of `RetryBudgetOptions`: those of Finagle's RetryBudget (20 %, 10 a second, 10 s). */
export const retryBudgetDefaults = { ratio: 0.2, minPerSecond: 10, windowMs: 10_000 } as const;

const slotCount = 10;

/**
 * A window of ten slots that moves with the clock. A call puts `ratio` in, a retry takes 1 out, and
 * `minPerSecond` flows in by itself: as Finagle's RetryBudget does, with a plain count in the place of its
 * leaky bucket.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #reserve: number;
  readonly #slotMs: number;
  readonly #calls: number[] = new Array<number>(slotCount).fill(0);
  readonly #retries: number[] = new Array<number>(slotCount).fill(0);
  #slot = -Infinity;
  #callCount = 0;
  #retryCount = 0;

  constructor({ ratio, minPerSecond, windowMs }: Required<RetryBudgetOptions>) {
    this.#ratio = ratio as number;
    this.#slotMs = (windowMs as number) / slotCount;
    this.#reserve = ((minPerSecond as number) * (windowMs as number)) / 1000;
  }

  /** A call has begun. */
  callStarted(nowMs: number): void {
    this.#calls[this.#move(nowMs)]! += 1;
    this.#callCount += 1;
  }

  /** Takes a retry out of the budget. False when it is used up. */
  withdraw(nowMs: number): boolean {
    const at = this.#move(nowMs);
    if (this.#retryCount + 1 > this.allowed) {
      return false;
    }
    this.#retries[at]! += 1;
    this.#retryCount += 1;
    return true;
  }

  /** Retries allowed in the window as it is now. */
  get allowed(): number {
    return this.#reserve + this.#ratio * this.#callCount;
  }

  /** The budget in words, for errors. */
  describe(): string {
    const seconds = (this.#slotMs * slotCount) / 1000;
    return `${this.#retryCount} retries for ${this.#callCount} calls in ${seconds} s, ${Math.floor(this.allowed)} are allowed`;
  }

  /** Forgets what has left the window. @returns the index of the present slot. */
  #move(nowMs: number): number {
    const slot = Math.floor(nowMs / this.#slotMs);
    const first = Math.max(this.#slot + 1, slot - slotCount + 1, 0);
    for (let passed = first; passed <= slot; passed++) {
      const at = passed % slotCount;
      this.#callCount -= this.#calls[at]!;
      this.#retryCount -= this.#retries[at]!;
      this.#calls[at] = 0;
      this.#retries[at] = 0;
    }
    this.#slot = Math.max(this.#slot, slot);
    return this.#slot % slotCount;
  }
}
