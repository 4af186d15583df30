// When a worker that has crashed is replaced, and when that is given up.

/** How crashes are met. */
export interface CrashOptions {
  /** How long the first replacement waits, in milliseconds, 0 to 2^31 - 1; each further one twice as long. Default 100. */
  readonly minBackoffMs?: number | undefined;
  /** The longest that a replacement waits, in milliseconds. Default 30,000. */
  readonly maxBackoffMs?: number | undefined;
  /** Crashes within `withinMs` after which all is ended, 1 or more; Infinity: never. Default 10. */
  readonly maxCrashes?: number | undefined;
  /** The time in which crashes are counted, in milliseconds; without one for so long, waiting begins anew. Default 60,000. */
  readonly withinMs?: number | undefined;
}

/** Counts crashes. */
export class CrashPolicy {
  readonly #minBackoffMs: number;
  readonly #maxBackoffMs: number;
  readonly #maxCrashes: number;
  readonly #withinMs: number;
  #crashesMs: number[] = [];

  constructor(options: CrashOptions = {}) {
    this.#minBackoffMs = options.minBackoffMs ?? 100;
    this.#maxBackoffMs = options.maxBackoffMs ?? 30_000;
    this.#maxCrashes = options.maxCrashes ?? 10;
    this.#withinMs = options.withinMs ?? 60_000;
  }

  /** @returns how long to wait with the replacement, in milliseconds; undefined: it is not worth while. */
  crashed(nowMs: number): number | undefined {
    this.#crashesMs = this.#crashesMs.filter((atMs) => nowMs - atMs < this.#withinMs);
    this.#crashesMs.push(nowMs);
    const count = this.#crashesMs.length;
    if (count >= this.#maxCrashes) return undefined;
    return Math.min(this.#maxBackoffMs, this.#minBackoffMs * 2 ** (count - 1));
  }

  /** What is said when it is given up. */
  get verdict(): string {
    return `${this.#crashesMs.length} crashes of workers within ${this.#withinMs} ms`;
  }
}
