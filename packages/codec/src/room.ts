// Where messages are encoded into: small ones side by side in shared slabs, large ones in a spare buffer.
import type { Loose, MessageCode } from "./plan/message-code.js";

/** A fresh slab has this much room. Bytes kept of one message keep its whole slab alive. */
const SLAB_BYTES = 16_384;
/** A slab with less room left than this is given up. */
const MIN_ROOM_BYTES = 1024;
/** Above this size a message has a buffer of its own: allocating it no longer matters then. */
const MAX_SHARED_BYTES = 2048;
const SPARE_BYTES = 65_536;
/** The spare buffer after the first message that it was too small for. Only what is used takes memory. */
const LARGE_SPARE_BYTES = 1_048_576;

/** Asking a Uint8Array for its buffer costs as much as a new view of it: both are kept. */
class Slab {
  readonly buffer: ArrayBuffer = new ArrayBuffer(SLAB_BYTES);
  readonly bytes: Uint8Array = new Uint8Array(this.buffer);
  usedBytes = 0;
}

let slab: Slab | undefined;
let spare: Uint8Array | undefined;

/**
 * Makes the bytes of messages of one type. An allocation of more than 64 bytes outside of V8's heap
 * costs as much as encoding a small message, so that small ones share one, as with Buffer.from.
 *
 * A buffer is out of reach while it is written to: a getter that encodes has another one.
 */
export class Room {
  readonly #code: MessageCode;
  #lastBytes = 0;

  constructor(code: MessageCode) {
    this.#code = code;
  }

  encode(message: Loose): Uint8Array {
    if (this.#lastBytes > MAX_SHARED_BYTES) {
      return this.#encodeLarge(message);
    }
    const place =
      slab === undefined || slab.usedBytes > SLAB_BYTES - MIN_ROOM_BYTES ? new Slab() : slab;
    const start = place.usedBytes;
    slab = undefined;
    const end = this.#code.write(message, place.bytes, start);
    this.#lastBytes = end - start;
    slab = place;
    if (end > SLAB_BYTES) {
      return this.#encodeExactly(message, end - start);
    }
    place.usedBytes = end;
    return new Uint8Array(place.buffer, start, end - start);
  }

  #encodeLarge(message: Loose): Uint8Array {
    const bytes = spare ?? new Uint8Array(SPARE_BYTES);
    spare = undefined;
    const end = this.#code.write(message, bytes, 0);
    this.#lastBytes = end;
    if (end <= bytes.length) {
      spare = bytes;
      return bytes.slice(0, end);
    }
    spare = bytes.length < LARGE_SPARE_BYTES ? new Uint8Array(LARGE_SPARE_BYTES) : bytes;
    return this.#encodeExactly(message, end);
  }

  /** The first attempt has told the size. */
  #encodeExactly(message: Loose, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    const end = this.#code.write(message, bytes, 0);
    if (end !== size) {
      throw new Error(`the message took ${size} bytes, then ${end}: it changed meanwhile`);
    }
    return bytes;
  }
}
