// Who comes next when each member is to come as often as its weight says, as evenly spread as can be: static stride scheduling.

/**
 * Goes round and round; a member is passed over until the shares that it was given on the way make a
 * whole turn. The heaviest one gets a turn in each round. (gRFC A58 describes a queue of deadlines; both
 * give the same proportions, and this one needs no queue.)
 */
export class StrideSchedule {
  /** What each member gets of a turn in each round, above 0 to 1. */
  readonly #shares: Float64Array;
  /** What it has of its next turn. */
  readonly #credits: Float64Array;
  #next: number;

  /** @param random from 0 to below 1: clients that start together must not move in step. */
  constructor(size: number, random: () => number) {
    this.#shares = new Float64Array(size).fill(1);
    this.#credits = Float64Array.from({ length: size }, random);
    this.#next = Math.floor(random() * size);
  }

  /** @param weights 0: not known, such a member counts as an average one. Under two known ones all are equal. */
  setWeights(weights: readonly number[]): void {
    const shares = this.#shares;
    const known = weights.filter((weight) => weight > 0);
    if (known.length < 2) {
      shares.fill(1);
      return;
    }
    const mean = known.reduce((sum, weight) => sum + weight, 0) / known.length;
    const bounded = weights.map((weight) => boundWeight(weight > 0 ? weight : mean, mean));
    const heaviest = Math.max(...bounded);
    for (let i = 0; i < shares.length; i++) {
      shares[i] = (bounded[i] as number) / heaviest;
    }
  }

  /** The index of the member whose turn it is. */
  next(): number {
    for (;;) {
      const member = this.#next;
      this.#next = member + 1 === this.#shares.length ? 0 : member + 1;
      const credit = (this.#credits[member] as number) + (this.#shares[member] as number);
      if (credit >= 1) {
        this.#credits[member] = credit - 1;
        return member;
      }
      this.#credits[member] = credit;
    }
  }
}

/** One report gone wrong must not keep an endpoint from all calls, nor make each pick search long for the one that gets them all. */
function boundWeight(weight: number, mean: number): number {
  return Math.min(Math.max(weight, mean / 100), mean * 10);
}
