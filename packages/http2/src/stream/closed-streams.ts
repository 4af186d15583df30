// A bounded memory of streams that are gone: which we reset ourselves, and which were never used.

const firstCapacity = 16;
/** Most ids remembered of streams that we reset. */
export const maxRememberedResets = 1024;
/** Most ranges remembered of ids that the peer skipped. */
export const maxRememberedSkips = 16;

/**
 * Frames of the peer may be on their way when we reset a stream, so they are tolerated (RFC 9113
 * s5.1). Older resets than the remembered ones are tolerated as well: to forget must not break a
 * connection that did nothing wrong, such as after a storm of deadlines.
 */
export class ClosedStreams {
  #resets: Uint32Array | undefined = undefined;
  #count = 0;
  #next = 0;
  #highestForgotten = 0;
  #skips: number[] | undefined = undefined;

  /** We sent RST_STREAM for this id, or ignored it from the start. */
  rememberReset(id: number): void {
    const ring = this.#ringWithRoom();
    const forgotten = ring[this.#next]!;
    if (forgotten > this.#highestForgotten) this.#highestForgotten = forgotten;
    ring[this.#next] = id;
    this.#next = (this.#next + 1) % ring.length;
    this.#count = Math.min(this.#count + 1, ring.length);
  }

  wasReset(id: number): boolean {
    if (id <= this.#highestForgotten) return true;
    const ring = this.#resets;
    if (ring === undefined) return false;
    for (let i = 0; i < this.#count; i++) if (ring[i] === id) return true;
    return false;
  }

  /** The peer went from one id to another and left those between unused (RFC 9113 s5.1.1). */
  rememberSkip(firstId: number, lastId: number): void {
    this.#skips ??= [];
    this.#skips.push(firstId, lastId);
    if (this.#skips.length > 2 * maxRememberedSkips) this.#skips.splice(0, 2);
  }

  wasSkipped(id: number): boolean {
    const skips = this.#skips;
    if (skips === undefined) return false;
    for (let i = 0; i < skips.length; i += 2) {
      if (id >= skips[i]! && id <= skips[i + 1]!) return true;
    }
    return false;
  }

  /** The ring grows by doubling, so that connections without resets hold next to nothing. */
  #ringWithRoom(): Uint32Array {
    const ring = this.#resets;
    if (ring === undefined) {
      this.#resets = new Uint32Array(firstCapacity);
      return this.#resets;
    }
    if (this.#count < ring.length || ring.length >= maxRememberedResets) return ring;
    const grown = new Uint32Array(ring.length * 2);
    grown.set(ring);
    this.#next = ring.length;
    this.#resets = grown;
    return grown;
  }
}
