// Buckets in this process: one number for each key, bounded in number, and never forgotten to anybody's advantage.
import { type Clock, checkMethods, describeValue, systemClock, UsageError } from "@trunkline/core";
import type { RateBucketShape, RateBuckets, RateStore } from "./rate-store.js";

/** Options of `createMemoryStore`. */
export interface MemoryStoreOptions {
  /**
   * Buckets that each rule keeps, 1 or more; one takes about 100 bytes and its key. Callers that come when so many are in use
   * share 1024 further ones. Default 100,000.
   */
  readonly maxKeys?: number | undefined;
  /** What time is measured with; one that goes back is taken to stand still. Default: the system's clock, which never does. */
  readonly clock?: Clock | undefined;
}

/**
 * Keeps buckets in this process, which is the default of `rateLimit`. A bucket that is full again is forgotten, for that changes
 * nothing. One that is not is kept, whoever else comes: no crowd of made-up keys can reset a limit.
 * @throws {UsageError} for an option out of its range.
 */
export function createMemoryStore(options: MemoryStoreOptions = {}): RateStore {
  const { maxKeys = 100_000, clock = systemClock } = options;
  if (!Number.isInteger(maxKeys) || maxKeys < 1) {
    throw new UsageError(
      `option maxKeys must be a whole number from 1 on, not ${describeValue(maxKeys)}`,
    );
  }
  checkMethods("clock", options.clock, ["now", "setTimer"]);
  return { open: (shape) => new MemoryBuckets(shape, maxKeys, clock) };
}

/** Shared by keys for which there is no room. */
const sharedCount = 1024;
/** Buckets that are looked at for each new key, so that those that are full are forgotten about as fast as others come. */
const sweptEach = 2;
/** The same when there is no room. */
const sweptForRoom = 32;
/** Below this, times differ by rounding only, in milliseconds. */
const roundingMs = 1e-6;

/**
 * The buckets of one rule, as the generic cell rate algorithm has it (ITU-T I.371): of each one only the time is kept at which it
 * will be full again. Taking moves that time on; it may be no further away than a whole bucket takes to fill.
 */
export class MemoryBuckets implements RateBuckets {
  readonly #clock: Clock;
  readonly #maxKeys: number;
  readonly #burst: number;
  /** The time that a cost of 1 takes to come back, in milliseconds. */
  readonly #intervalMs: number;
  readonly #startMs: number;
  /** When the buckets that are not full will be, in milliseconds since the start. */
  readonly #fullAt = new Map<string, number>();
  readonly #sharedFullAt = new Float64Array(sharedCount);
  readonly #seed = Math.floor(Math.random() * 2 ** 31);
  #hand: Iterator<[string, number]> | undefined = undefined;
  #nowMs = 0;

  constructor({ rate, perMs, burst }: RateBucketShape, maxKeys: number, clock: Clock) {
    this.#clock = clock;
    this.#maxKeys = maxKeys;
    this.#burst = burst;
    this.#intervalMs = perMs / rate;
    // Times near 0 have more digits behind the point.
    this.#startMs = clock.now();
  }

  /** How many keys have a bucket of their own. */
  get size(): number {
    return this.#fullAt.size;
  }

  take(key: string, cost: number): number {
    if (cost > this.#burst) return Number.POSITIVE_INFINITY;
    const nowMs = this.#now();
    const known = this.#fullAt.get(key);
    const shared = known === undefined ? this.#findRoom(key, nowMs) : -1;
    const fullAt = Math.max(nowMs, known ?? (shared < 0 ? 0 : this.#sharedFullAt[shared]!));
    const after = fullAt + cost * this.#intervalMs;
    const waitMs = after - this.#burst * this.#intervalMs - nowMs;
    if (waitMs > roundingMs) return waitMs;
    if (shared < 0) this.#fullAt.set(key, after);
    else this.#sharedFullAt[shared] = after;
    return 0;
  }

  giveBack(key: string, cost: number): void {
    const known = this.#fullAt.get(key);
    if (known !== undefined) this.#fullAt.set(key, known - cost * this.#intervalMs);
    else this.#sharedFullAt[this.#shareOf(key)]! -= cost * this.#intervalMs;
  }

  #now(): number {
    this.#nowMs = Math.max(this.#nowMs, this.#clock.now() - this.#startMs);
    return this.#nowMs;
  }

  /** @returns which of the shared buckets a new key gets; -1: one of its own. */
  #findRoom(key: string, nowMs: number): number {
    this.#sweep(sweptEach, nowMs);
    if (this.#fullAt.size < this.#maxKeys) return -1;
    this.#sweep(sweptForRoom, nowMs);
    return this.#fullAt.size < this.#maxKeys ? -1 : this.#shareOf(key);
  }

  /** Goes on where it ended the last time, and forgets the buckets that are full. */
  #sweep(count: number, nowMs: number): void {
    for (let i = 0; i < count; i++) {
      this.#hand ??= this.#fullAt.entries();
      const { value, done } = this.#hand.next();
      if (done) {
        this.#hand = undefined;
        return;
      }
      if (value[1] <= nowMs) this.#fullAt.delete(value[0]);
    }
  }

  /** Nobody can choose whose bucket to share, for nobody knows the seed. */
  #shareOf(key: string): number {
    let hash = this.#seed;
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    hash = Math.imul(hash, 0x2c1b3c6d);
    return (hash ^ (hash >>> 12)) & (sharedCount - 1);
  }
}
