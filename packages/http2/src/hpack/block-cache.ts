// Blocks that the decoder has seen more than once, and what they meant: identical bytes are the normal case in gRPC.
import type { DecodedHeaderList } from "./header-list.js";

/** A block whose decoding changed nothing, so that it means the same again while the table stays the same. */
interface KnownBlock {
  readonly bytes: Uint8Array;
  /** The table's version, or `anyVersion` for a block that does not refer to the dynamic table. */
  readonly version: number;
  readonly list: DecodedHeaderList;
  readonly listBytes: number;
}

/** For blocks of static references and literals alone. */
export const anyVersion = -1;

const maxBlocks = 6;
const maxBlockBytes = 512;
/** How many blocks seen once are remembered, as hashes. */
const maxSeenOnce = 8;

/**
 * A block enters on its second appearance, so that blocks which differ each time neither push others
 * out nor cost a copy.
 */
export class BlockCache {
  readonly #blocks: KnownBlock[] = [];
  #nextBlock = 0;
  readonly #seenOnce: number[] = new Array<number>(maxSeenOnce).fill(0);
  #nextSeen = 0;

  find(
    bytes: Uint8Array,
    start: number,
    end: number,
    tableVersion: number,
  ): KnownBlock | undefined {
    const length = end - start;
    const blocks = this.#blocks;
    for (let at = 0; at < blocks.length; at++) {
      const block = blocks[at]!;
      if (block.bytes.length !== length) continue;
      if (block.version !== tableVersion && block.version !== anyVersion) continue;
      if (isSame(block.bytes, bytes, start)) return block;
    }
    return undefined;
  }

  /** Takes note of a block that was decoded without a change to the table. @returns whether it deserves to be added. */
  isSecondSight(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > maxBlockBytes) return false;
    const hash = hashOf(bytes, start, end);
    if (this.#seenOnce.includes(hash)) return true;
    this.#seenOnce[this.#nextSeen] = hash;
    this.#nextSeen = (this.#nextSeen + 1) % maxSeenOnce;
    return false;
  }

  /** Adds a block; the one that was added longest ago makes room. */
  add(bytes: Uint8Array, version: number, list: DecodedHeaderList, listBytes: number): void {
    this.#blocks[this.#nextBlock] = { bytes, version, list, listBytes };
    this.#nextBlock = (this.#nextBlock + 1) % maxBlocks;
  }
}

/** FNV-1a. Two blocks of one hash only mean that one of them is added early. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash;
}

function isSame(known: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < known.length; at++) {
    if (known[at] !== bytes[start + at]) return false;
  }
  return true;
}
