// A bounded memory of streams that are gone: which we reset ourselves, and which were never used.

const firstCapacity = 16;
/** Most ids remembered of streams that we reset. */
export const maxRememberedResets = 1024;
/** Most ranges remembered of ids that the peer skipped. */
export const maxRememberedSkips = 16;

/**
 * Frames of the peer may be on their way when we reset a stream, so they are tolerated (RFC 9113
 * s5.1) until a PING that was sent after the reset has come back. If more are reset before that than
 * fit, the oldest are tolerated for good: to forget must not break a connection that did nothing
 * wrong, such as after a storm of deadlines.
 */
export class ClosedStreams {
  #resets: Uint32Array | undefined = undefined;
  #first = 0;
  #count = 0;
  /** How many of them, the oldest, were reset before the PING that is on its way. */
  #fenced = 0;
  #highestForgotten = 0;
  #skips: number[] | undefined = undefined;

  /** Resets that are remembered. */
  get rememberedResets(): number {
    return this.#count;
  }

  /** We sent RST_STREAM for this id, or ignored it from the start. */
  rememberReset(id: number): void {
    const ring = this.#ringWithRoom();
    ring[(this.#first + this.#count) % ring.length] = id;
    this.#count++;
  }

  wasReset(id: number): boolean {
    if (id <= this.#highestForgotten) return true;
    const ring = this.#resets;
    if (ring === undefined) return false;
    for (let i = 0; i < this.#count; i++) {
      if (ring[(this.#first + i) % ring.length] === id) return true;
    }
    return false;
  }

  /** The peer has ended the stream, too: nothing of it can be on its way. */
  forgetReset(id: number): void {
    const ring = this.#resets;
    if (ring === undefined) return;
    for (let i = 0; i < this.#count; i++) {
      const at = (this.#first + i) % ring.length;
      if (ring[at] === id) ring[at] = 0;
    }
  }

  /** A PING is sent: what was reset so far is behind it. */
  fence(): void {
    this.#fenced = this.#count;
  }

  /** The PING has come back: nothing can be on its way any more for what was behind it. */
  passFence(): void {
    this.#drop(this.#fenced);
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

  #drop(count: number): void {
    if (count === 0) return;
    this.#first = (this.#first + count) % this.#resets!.length;
    this.#count -= count;
    this.#fenced -= count;
    if (this.#count === 0) this.#resets = undefined;
  }

  /** The ring grows by doubling, so that connections without resets hold next to nothing. */
  #ringWithRoom(): Uint32Array {
    const ring = this.#resets;
    if (ring === undefined) {
      this.#first = 0;
      this.#resets = new Uint32Array(firstCapacity);
      return this.#resets;
    }
    if (this.#count < ring.length) return ring;
    if (ring.length >= maxRememberedResets) {
      this.#highestForgotten = Math.max(this.#highestForgotten, ring[this.#first]!);
      this.#fenced = Math.max(this.#fenced, 1);
      this.#drop(1);
      return ring;
    }
    const grown = new Uint32Array(ring.length * 2);
    grown.set(ring.subarray(this.#first));
    grown.set(ring.subarray(0, this.#first), ring.length - this.#first);
    this.#first = 0;
    this.#resets = grown;
    return grown;
  }
}
