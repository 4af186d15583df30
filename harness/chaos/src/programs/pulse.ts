// Knows when the event loop of this process did not come round: the machine is busy with others, or garbage is collected.

const beatMs = 5;
/** Less is what timers of Node.js do on an idle machine. */
const leastGapMs = 2 * beatMs;

/** Milliseconds since 1970, with fractions. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** See the file's first line. */
export class Pulse {
  readonly #gaps: { readonly fromMs: number; readonly toMs: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #lastMs = nowMs();

  constructor() {
    this.#timer = setInterval(() => this.#beat(), beatMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** How much of a time the event loop was held up, milliseconds. */
  missedMs(fromMs: number, toMs: number): number {
    if (toMs <= fromMs) return 0;
    const overlaps = this.#gaps.map((gap) =>
      Math.max(0, Math.min(gap.toMs, toMs) - Math.max(gap.fromMs, fromMs)),
    );
    return overlaps.reduce((sum, ms) => sum + ms, 0);
  }

  #beat(): void {
    const beatAtMs = nowMs();
    if (beatAtMs - this.#lastMs > leastGapMs) {
      this.#gaps.push({ fromMs: this.#lastMs + beatMs, toMs: beatAtMs });
    }
    this.#lastMs = beatAtMs;
  }
}
