// Header blocks that the encoder has met before, known by identity, with the table entries that their fields became.
import type { HeaderBlock } from "../contract.js";

/** What the encoder remembers of one block; of its own fields, not of its prefix's. */
export class RememberedBlock {
  /** Undefined in a slot that has not been used yet. */
  block: HeaderBlock | undefined = undefined;
  /** Seen again, or the prefix of another: all that may be indexed is, at first sight. */
  isConstant = false;
  /** For each field its static index, or 61 and the number of its dynamic entry, or 0: sent as a literal. */
  references: number[] = [];
  /** The encoding, valid in the first `encodedBytes` while the table has this version. */
  encoded: Uint8Array = nothing;
  encodedBytes = 0;
  version = -1;

  isEncodedFor(tableVersion: number): boolean {
    return this.version === tableVersion;
  }

  reset(block: HeaderBlock): void {
    this.block = block;
    this.isConstant = false;
    // Of the length it will have: what grows an element at a time makes room for many more.
    const count = block.fields.length >>> 1;
    if (this.references.length === count) this.references.fill(0);
    else this.references = new Array<number>(count).fill(0);
    this.encodedBytes = 0;
    this.version = -1;
  }

  /** Keeps the encoding; the buffer is used again when the table has moved on. */
  keep(source: Uint8Array, start: number, end: number, tableVersion: number): void {
    const length = end - start;
    if (length > maxEncodedBytes) return;
    if (this.encoded.length < length) this.encoded = new Uint8Array(length);
    for (let at = 0; at < length; at++) this.encoded[at] = source[start + at]!;
    this.encodedBytes = length;
    this.version = tableVersion;
  }

  /** Writes the kept encoding. @returns one past the last byte. */
  copyTo(target: Uint8Array, offset: number): number {
    const length = this.encodedBytes;
    if (length > shortCopyBytes) target.set(this.encoded.subarray(0, length), offset);
    else for (let at = 0; at < length; at++) target[offset + at] = this.encoded[at]!;
    return offset + length;
  }
}

const nothing: Uint8Array = new Uint8Array(0);
const maxEncodedBytes = 1024;
/** A loop beats the call for so few bytes. */
const shortCopyBytes = 48;
const recentBlocks = 4;
const candidateBlocks = 4;

/**
 * Constant blocks are held weakly, with the last few at hand. Others stay in a small ring for as long
 * as it takes to see whether they come again; its slots are reused, so a block that is sent once costs no memory.
 */
export class BlockMemory {
  readonly #constants = new WeakMap<HeaderBlock, RememberedBlock>();
  readonly #recent: RememberedBlock[] = [];
  #nextRecent = 0;
  readonly #candidates: RememberedBlock[] = [];
  #nextCandidate = 0;

  find(block: HeaderBlock): RememberedBlock | undefined {
    const recent = this.#recent;
    for (let at = 0; at < recent.length; at++) {
      if (recent[at]!.block === block) return recent[at];
    }
    const candidates = this.#candidates;
    for (let at = 0; at < candidates.length; at++) {
      if (candidates[at]!.block === block) return candidates[at];
    }
    const known = this.#constants.get(block);
    if (known !== undefined) this.#bringForward(known);
    return known;
  }

  /** Takes note of a block that was not found. It is valid until so many others have been admitted. */
  admit(block: HeaderBlock): RememberedBlock {
    const slot = this.#nextCandidate;
    this.#nextCandidate = (slot + 1) % candidateBlocks;
    this.#candidates[slot] ??= new RememberedBlock();
    const remembered = this.#candidates[slot];
    remembered.reset(block);
    return remembered;
  }

  /** The block, which was found or has just been admitted, is constant from now on. */
  promote(remembered: RememberedBlock): void {
    if (remembered.isConstant) return;
    remembered.isConstant = true;
    // Whatever is not constant is a candidate.
    this.#candidates[this.#candidates.indexOf(remembered)] = new RememberedBlock();
    this.#constants.set(remembered.block!, remembered);
    this.#bringForward(remembered);
  }

  #bringForward(remembered: RememberedBlock): void {
    this.#recent[this.#nextRecent] = remembered;
    this.#nextRecent = (this.#nextRecent + 1) % recentBlocks;
  }
}
