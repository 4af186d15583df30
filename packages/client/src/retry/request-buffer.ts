// Keeps the encoded requests of a call for as long as another attempt may need them, within bounds.
import { carryMark, type MessageCodec } from "@trunkline/core";

const slabBytes = 16_384;
/** With less room than this a slab is given up. */
const leastRoomBytes = 512;
const noBytes = new Uint8Array(0);

/** The room for such requests, of all calls of a channel together. */
export class BufferSpace {
  readonly limitBytes: number;
  readonly perCallBytes: number;
  usedBytes = 0;
  /** Where small single requests are encoded, one behind the other; given up when it is full. */
  slab: Uint8Array = noBytes;
  /** From here on the slab is free. */
  slabAt = 0;

  constructor(limitBytes: number, perCallBytes: number) {
    this.limitBytes = limitBytes;
    this.perCallBytes = perCallBytes;
  }

  /** Sees to it that there is room for a small request. */
  ensureSlab(): void {
    if (this.slab.length - this.slabAt >= leastRoomBytes) return;
    this.slab = new Uint8Array(slabBytes);
    this.slabAt = 0;
  }
}

/** Never added to. */
const none: Uint8Array[] = [];

/**
 * The requests of one call, in order. For the only request of a call it is also the codec that attempts send it
 * with: the bytes are a part of the slab, and nobody needs to make a view of them.
 */
export class RequestBuffer implements MessageCodec<unknown> {
  messages: Uint8Array[] = none;
  readonly #space: BufferSpace;
  #takenBytes = 0;
  #single: Uint8Array = noBytes;
  #start = 0;
  #end = 0;

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
    return this.#take(bytes.length);
  }

  /**
   * Keeps the only request of a call, encoded.
   * @returns false when it is beyond the limits.
   * @throws what the codec throws.
   */
  addSingle(codec: MessageCodec<unknown>, request: unknown): boolean {
    const space = this.#space;
    space.ensureSlab();
    const { slab, slabAt } = space;
    const end = codec.encodeInto?.(request, slab, slabAt, slab.length) ?? -1;
    if (end >= 0) {
      this.#single = slab;
      this.#start = slabAt;
      space.slabAt = end;
    } else this.#single = encodeOnce(codec, request);
    this.#end = end >= 0 ? end : this.#single.length;
    return this.#take(this.#end - this.#start);
  }

  #take(byteCount: number): boolean {
    const space = this.#space;
    if (
      this.#takenBytes + byteCount > space.perCallBytes ||
      space.usedBytes + byteCount > space.limitBytes
    ) {
      return false;
    }
    this.#takenBytes += byteCount;
    space.usedBytes += byteCount;
    return true;
  }

  encode(): Uint8Array {
    return this.#single.subarray(this.#start, this.#end);
  }

  encodeInto(_request: unknown, target: Uint8Array, offset: number, limit: number): number {
    const targetEnd = offset + this.#end - this.#start;
    if (!fits(targetEnd, target, limit)) return -targetEnd;
    copyInto(target, offset, this.#single, this.#start, this.#end);
    return targetEnd;
  }

  tailOf(): Uint8Array {
    return this.encode();
  }

  /** Requests are never received. */
  decode(bytes: Uint8Array): Uint8Array {
    return bytes;
  }

  /** Nobody needs them any more. */
  release(): void {
    this.#space.usedBytes -= this.#takenBytes;
    this.#takenBytes = 0;
    this.messages = none;
    this.#single = noBytes;
    this.#start = 0;
    this.#end = 0;
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
    const targetEnd = offset + bytes.length;
    if (!fits(targetEnd, target, limit)) return -targetEnd;
    copyInto(target, offset, bytes, 0, bytes.length);
    return targetEnd;
  },
  tailOf: (message) => message as Uint8Array,
  decode: (bytes) => bytes,
};

const fits = (end: number, target: Uint8Array, limit: number): boolean =>
  end <= limit && end <= target.length;

/** Copies from `start` to `end` of `bytes`; a call of `set` costs more than a few bytes do. */
function copyInto(
  target: Uint8Array,
  offset: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (end - start > 64) target.set(bytes.subarray(start, end), offset);
  else for (let i = start, at = offset; i < end; i++, at++) target[at] = bytes[i]!;
}
