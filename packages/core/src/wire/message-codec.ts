// The one seam between calls and message formats: protobuf, JSON, raw bytes and generic proxies fit it.

/** Turns messages of one type into bytes and back. */
export interface MessageCodec<T> {
  /** @throws Error when the message cannot be represented. */
  encode(message: T): Uint8Array;
  /**
   * Encodes into `target` from `offset` on.
   * @returns one past the last byte written. Where that would lie beyond `limit`, the same number below
   * zero: so large `target` would have to be. What lies between `offset` and the end of `target` may
   * have been overwritten in either case.
   */
  encodeInto?(message: T, target: Uint8Array, offset: number, limit: number): number;
  /**
   * The bytes that the message ends with and holds itself, if it does so: after `encodeInto` has returned a
   * number below zero, all that stands before them is in `target`, provided that it fits. They may be sent
   * without being copied.
   */
  tailOf?(message: T): Uint8Array | undefined;
  /**
   * Decodes the message in `bytes` from `start` to `end` (default: all of it).
   * @param owned true: the bytes will never change, so that the message may keep views of them.
   * Default false: whatever the message keeps is copied.
   * @throws Error when the bytes are not a message of this type.
   */
  decode(bytes: Uint8Array, start?: number, end?: number, owned?: boolean): T;
}
