// The port behind rate limits: where buckets are kept, in this process or in one that several servers share.

/** What a store needs to know of a rule. */
export interface RateBucketShape {
  /** What the rule is called. */
  readonly name: string;
  /** What comes into a bucket in `perMs`. */
  readonly rate: number;
  /** What `rate` counts in, in milliseconds. */
  readonly perMs: number;
  /** What a bucket holds. */
  readonly burst: number;
}

/** The buckets of one rule, one for each key. All are full at first. */
export interface RateBuckets {
  /**
   * Takes `cost` out of the bucket of `key`, if so much is in it, and nothing otherwise.
   * @returns 0 when it was taken; else in how many milliseconds it may be, Infinity: never. A promise only where it has to wait.
   */
  take(key: string, cost: number): number | Promise<number>;
  /** Puts back what was taken for nothing: another rule has refused the call. Must not throw. */
  giveBack(key: string, cost: number): void;
}

/** Keeps buckets. */
export interface RateStore {
  /** The buckets of a rule, which are other ones than those of any other rule. */
  open(shape: RateBucketShape): RateBuckets;
}
