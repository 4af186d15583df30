// Says in time that something expires: once at each threshold, and once when it has.
import type { Clock, Timer } from "../../call/clock.js";

/** Something that is valid for a while. */
export interface Expiring {
  /** Tells it from everything else that is watched. */
  readonly id: string;
  /** The time it expires, milliseconds since 1970. */
  readonly validToMs: number;
  /** Days before the end, at which it is told of. */
  readonly warnDays: readonly number[];
}

const dayMs = 86_400_000;

/** However far the next threshold is: the clock of the machine may have been asleep, or set. */
const longestSleepMs = dayMs;

/** Watches over all that may expire. */
export class ExpiryWatch<T extends Expiring> {
  readonly #clock: Clock;
  readonly #tell: (item: T, daysLeft: number) => void;
  /** The last threshold that was told, by id; 0 is the end. */
  #told = new Map<string, number>();
  #items: readonly T[] = [];
  #timer: Timer | undefined;

  /** @param tell told of each threshold that is reached; 0 or fewer days are left when it has expired. */
  constructor(clock: Clock, tell: (item: T, daysLeft: number) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** From now on these are watched and no others; of what was watched before, nothing is told twice. */
  watch(items: readonly T[]): void {
    this.#items = items;
    const kept = items.flatMap(({ id }): [string, number][] => {
      const told = this.#told.get(id);
      return told === undefined ? [] : [[id, told]];
    });
    this.#told = new Map(kept);
    this.#look();
  }

  close(): void {
    this.#timer?.cancel();
    this.#items = [];
  }

  #look(): void {
    this.#timer?.cancel();
    const now = this.#clock.now();
    let nextMs = longestSleepMs;
    for (const item of this.#items) {
      const leftMs = item.validToMs - now;
      const stages = [...item.warnDays, 0];
      const reached = Math.min(...stages.filter((days) => leftMs <= days * dayMs));
      if (reached < (this.#told.get(item.id) ?? Number.POSITIVE_INFINITY)) {
        this.#told.set(item.id, reached);
        this.#tell(item, leftMs / dayMs);
      }
      for (const days of stages) {
        const inMs = leftMs - days * dayMs;
        if (inMs > 0) nextMs = Math.min(nextMs, inMs);
      }
    }
    if (this.#items.length > 0) this.#timer = this.#clock.setTimer(nextMs, () => this.#look());
  }
}
