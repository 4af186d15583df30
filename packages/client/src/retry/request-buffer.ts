// Keeps the encoded requests of a call for as long as another attempt may need them, within bounds.
import { carryMark, type MessageCodec } from "@trunkline/core";

/** The room for such requests, of all calls of a channel together. */
export class BufferSpace {
  readonly limitBytes: number;
  readonly perCallBytes: number;
  usedBytes = 0;

  constructor(limitBytes: number, perCallBytes: number) {
    this.limitBytes = limitBytes;
    this.perCallBytes = perCallBytes;
  }
}

/** Never added to. */
const none: Uint8Array[] = [];

/** The requests of one call, in order. */
export class RequestBuffer {
  messages: Uint8Array[] = none;
  readonly #space: BufferSpace;
  #takenBytes = 0;

  constructor(space: BufferSpace) {
    this.#space = space;
  }

  /**
   * Keeps one more message, by reference.
   * @returns false when it is beyond the limits: it is there nevertheless, for an attempt that has still to
   * catch up, but there must be no further one.
   */
  add(bytes: Uint8Array): boolean {
    // A list of one is small; an empty one that grows makes room for seventeen.
    if (this.messages.length === 0) this.messages = [bytes];
    else this.messages.push(bytes);
    const { perCallBytes, limitBytes } = this.#space;
    if (
      this.#takenBytes + bytes.length > perCallBytes ||
      this.#space.usedBytes + bytes.length > limitBytes
    ) {
      return false;
    }
    this.#takenBytes += bytes.length;
    this.#space.usedBytes += bytes.length;
    return true;
  }

  /** Nobody needs them any more. */
  release(): void {
    this.#space.usedBytes -= this.#takenBytes;
    this.#takenBytes = 0;
    this.messages = none;
  }

  /** Which limit a message beyond them has met, for errors. */
  get limitText(): string {
    const { perCallBytes, limitBytes, usedBytes } = this.#space;
    return usedBytes + perCallBytes > limitBytes
      ? `the ${limitBytes} bytes that all calls may keep for retries (retryLimits.bufferBytes)`
      : `the ${perCallBytes} bytes that a call may keep for retries (retryLimits.bufferBytesPerCall)`;
  }
}

/**
 * Encodes a message once for all attempts. The bytes are nobody else's.
 * @throws what the codec throws.
 */
export function encodeOnce(codec: MessageCodec<unknown>, message: unknown): Uint8Array {
  const encoded = codec.encode(message);
  const bytes = encoded === message ? encoded.slice() : encoded;
  carryMark(message, bytes);
  return bytes;
}

/** Messages that are encoded already; large ones are sent without being copied, for they never change. */
export const encodedMessages: MessageCodec<unknown> = {
  encode: (message) => message as Uint8Array,
  encodeInto(message, target, offset, limit) {
    const bytes = message as Uint8Array;
    const end = offset + bytes.length;
    if (end > limit || end > target.length) return -end;
    if (bytes.length > 64) target.set(bytes, offset);
    else for (let i = 0; i < bytes.length; i++) target[offset + i] = bytes[i]!;
    return end;
  },
  tailOf: (message) => message as Uint8Array,
  decode: (bytes) => bytes,
};
