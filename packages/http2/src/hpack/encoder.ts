// Encodes header blocks (RFC 7541): what repeats costs an index, what is constant costs a copy.
import type { HeaderBlock } from "../contract.js";

export interface EncoderOptions {
  /** The most the peer can make us keep for our table, in bytes. Default 4096. */
  readonly maxTableSize?: number;
}

export interface HpackEncoder {
  /**
   * Writes the block to `target` from `offset` on.
   * @returns one past the last byte written; -1 when it might not fit before the end of `target`, with nothing changed:
   * call again with room for `maxEncodedLength(block)`.
   */
  encode(block: HeaderBlock, target: Uint8Array, offset: number): number;
  /** An upper bound of the bytes that `encode` needs for this block now. */
  maxEncodedLength(block: HeaderBlock): number;
  /** The peer's SETTINGS_HEADER_TABLE_SIZE; the next block announces what follows from it. */
  setPeerTableSize(size: number): void;
}

export function createEncoder(options?: EncoderOptions): HpackEncoder {
  throw new Error(`not built yet ${options?.maxTableSize}`);
}
