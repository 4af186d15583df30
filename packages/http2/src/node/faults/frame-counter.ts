// Follows the frames in a stream of bytes, to know where one ends and another could be put in.
import { Flag, FrameType, frameHeadBytes, readFrameLength } from "../../frame/head.js";

/** Counts through whole frames. A server's stream begins with one; a client's has 24 bytes before. */
export class FrameCounter {
  readonly #head: Uint8Array = new Uint8Array(frameHeadBytes);
  #headLength = 0;
  #left = 0;
  #isInBlock = false;

  /** Another frame could begin here: not within a frame, nor before a CONTINUATION (RFC 9113 s4.3). */
  get isBetweenFrames(): boolean {
    return this.#headLength === 0 && this.#left === 0 && !this.#isInBlock;
  }

  /** Goes on to where another frame could begin, at most to the end of `bytes`. @returns how far that was. */
  passFrame(bytes: Uint8Array): number {
    let at = 0;
    while (at < bytes.length && !this.isBetweenFrames) at += this.#step(bytes, at);
    return at;
  }

  /** Goes on by `bytes`. */
  pass(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) at += this.#step(bytes, at);
  }

  #step(bytes: Uint8Array, at: number): number {
    if (this.#left > 0) {
      const byteCount = Math.min(this.#left, bytes.length - at);
      this.#left -= byteCount;
      return byteCount;
    }
    this.#head[this.#headLength++] = bytes[at]!;
    if (this.#headLength === frameHeadBytes) {
      this.#headLength = 0;
      this.#left = readFrameLength(this.#head, 0);
      const type = this.#head[3]!;
      if (type === FrameType.HEADERS || type === FrameType.CONTINUATION) {
        this.#isInBlock = (this.#head[4]! & Flag.END_HEADERS) === 0;
      }
    }
    return 1;
  }
}
