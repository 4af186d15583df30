// Lets connections begin a few at a time: a crowd that comes at once does not hold up those that are there.

/** Beginnings in one turn of the event loop; each takes well below 0.1 ms. */
const mostATurn = 32;

/** Whoever wants to begin, in the order of coming. */
export class Intake {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #isScheduled = false;

  /** Calls `begin`, now if there is room in this turn; otherwise `hold` now, and `begin` in one of the next. */
  admit(begin: () => void, hold: () => void): void {
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.#nextTurn());
    }
    if (this.#begun < mostATurn && this.#waiting.length === 0) {
      this.#begun++;
      begin();
      return;
    }
    hold();
    this.#waiting.push(begin);
  }

  #nextTurn(): void {
    const batch = this.#waiting.splice(0, mostATurn);
    this.#begun = batch.length;
    this.#isScheduled = batch.length > 0;
    if (this.#isScheduled) setImmediate(() => this.#nextTurn());
    for (const begin of batch) begin();
  }
}
