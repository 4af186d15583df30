// Tokens that were found good, by their digests: a bounded number of them, those used last.
import type { Verdict } from "../authentication/peer-memo.js";

/** See the file's first line. */
export class TokenCache {
  readonly #verdicts = new Map<string, Verdict>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#verdicts.size;
  }

  /** The verdict, if it still holds; it is forgotten otherwise. */
  find(digest: string, nowMs: number, generation: number): Verdict | undefined {
    const known = this.#verdicts.get(digest);
    if (known === undefined) return undefined;
    // A map keeps the order in which entries were put in.
    this.#verdicts.delete(digest);
    if (!holds(known, nowMs, generation)) return undefined;
    this.#verdicts.set(digest, known);
    return known;
  }

  add(digest: string, verdict: Verdict): void {
    this.#verdicts.delete(digest);
    if (this.#verdicts.size >= this.#most) {
      const [oldest] = this.#verdicts.keys();
      if (oldest !== undefined) this.#verdicts.delete(oldest);
    }
    this.#verdicts.set(digest, verdict);
  }
}

/** Whether a verdict may still be believed. */
export function holds(verdict: Verdict, nowMs: number, generation: number): boolean {
  return nowMs < verdict.untilMs && verdict.generation === generation;
}
