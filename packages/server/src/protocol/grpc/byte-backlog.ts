// Bytes that wait as they came, however small the pieces were: a piece costs its bytes and no object of its own.

/** Pieces below this share a chunk; it is the size of such chunks, too. */
const CHUNK_BYTES = 4096;

/** Bytes of one call that are not looked at yet. */
export class ByteBacklog {
  readonly #chunks: Uint8Array[] = [];
  /** How much of the last chunk is in use. */
  #used = 0;
  #taken = 0;

  /** Whether nothing is left. */
  get isEmpty(): boolean {
    return this.#taken === this.#chunks.length;
  }

  /** Keeps a copy. */
  push(bytes: Uint8Array): void {
    const last = this.#chunks.at(-1);
    if (!this.isEmpty && last !== undefined && last.length - this.#used >= bytes.length) {
      last.set(bytes, this.#used);
      this.#used += bytes.length;
      return;
    }
    this.#closeLast();
    this.#used = bytes.length;
    if (bytes.length >= CHUNK_BYTES) {
      this.#chunks.push(bytes.slice());
      return;
    }
    const chunk = new Uint8Array(CHUNK_BYTES);
    chunk.set(bytes);
    this.#chunks.push(chunk);
  }

  /** Takes the oldest bytes; undefined when none are left. */
  take(): Uint8Array | undefined {
    if (this.isEmpty) return undefined;
    if (this.#taken === this.#chunks.length - 1) this.#closeLast();
    const chunk = this.#chunks[this.#taken]!;
    this.#chunks[this.#taken++] = none;
    if (this.#taken >= 64 || this.isEmpty) {
      this.#chunks.splice(0, this.#taken);
      this.#taken = 0;
    }
    return chunk;
  }

  /** Cuts the last chunk off where its bytes end. */
  #closeLast(): void {
    const at = this.#chunks.length - 1;
    const last = this.#chunks[at];
    if (last !== undefined && last.length > this.#used) {
      this.#chunks[at] = last.subarray(0, this.#used);
    }
  }
}

const none = new Uint8Array(0);
