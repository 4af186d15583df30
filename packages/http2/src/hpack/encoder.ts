// Encodes header blocks (RFC 7541): what repeats costs an index, what is constant costs a copy.
import type { HeaderBlock } from "../contract.js";
import { BlockMemory, type RememberedBlock } from "./block-memory.js";
import { entryBytes, FieldIndex, type NameRecord } from "./field-index.js";
import { IndexPolicy } from "./field-policy.js";
import { encodeString } from "./huffman-encode.js";
import { encodeInteger } from "./integer.js";
import { lastStaticIndex } from "./static-table.js";

export interface EncoderOptions {
  /** The most the peer can make us keep for our table, in bytes. Default 4096; 0 turns indexing off. */
  readonly maxTableSize?: number;
}

/** The encoding end of one direction (RFC 7541 s2.2). */
export interface HpackEncoder {
  /**
   * Writes the block to `target` from `offset` on. Names and values have one character an octet.
   * @returns one past the last byte written; -1 when it might not fit before the end of `target`, with
   * nothing changed: call again with room for `maxEncodedLength(block)`.
   */
  encode(block: HeaderBlock, target: Uint8Array, offset: number): number;
  /** An upper bound, in bytes, of what `encode` writes for this block; costs no look-up. */
  maxEncodedLength(block: HeaderBlock): number;
  /** The peer's SETTINGS_HEADER_TABLE_SIZE; the next block announces what follows from it (RFC 7541 s4.2). */
  setPeerTableSize(size: number): void;
}

/** Encodes all blocks of one direction of one connection, in order. */
export function createEncoder(options?: EncoderOptions): HpackEncoder {
  return new BlockEncoder(options?.maxTableSize ?? defaultTableBytes);
}

const defaultTableBytes = 4096;
/** What a decoder grants before it has said anything (RFC 9113 s6.5.2). */
const initialTableBytes = 4096;
/** Two table size updates of at most six bytes. */
const maxUpdateBytes = 12;
/** A name index and two string lengths of at most five bytes each. */
const maxFieldOverheadBytes = 15;

const indexedPattern = 0x80;
const addedPattern = 0x40;
const updatePattern = 0x20;
const neverIndexedPattern = 0x10;
const plainPattern = 0x00;

const nowhere: Uint8Array = new Uint8Array(0);

class BlockEncoder implements HpackEncoder {
  readonly #maxTableBytes: number;
  readonly #index: FieldIndex;
  readonly #memory = new BlockMemory();
  /** Size updates that the next block must announce: the smallest limit since the last block, and the present one. */
  #hasUpdates: boolean;
  #smallestSize: number;
  #finalSize: number;
  // Where the block being encoded goes.
  #target: Uint8Array = nowhere;
  #position = 0;

  constructor(maxTableBytes: number) {
    this.#maxTableBytes = maxTableBytes;
    this.#index = new FieldIndex(initialTableBytes);
    this.#finalSize = Math.min(maxTableBytes, initialTableBytes);
    this.#smallestSize = this.#finalSize;
    this.#hasUpdates = this.#finalSize !== initialTableBytes;
  }

  setPeerTableSize(size: number): void {
    this.#finalSize = Math.min(size, this.#maxTableBytes);
    this.#smallestSize = Math.min(this.#smallestSize, this.#finalSize);
    const current = this.#index.table.maxBytes;
    this.#hasUpdates = this.#finalSize !== current || this.#smallestSize < current;
  }

  maxEncodedLength(block: HeaderBlock): number {
    let total = maxUpdateBytes;
    for (let part: HeaderBlock | undefined = block; part !== undefined; part = part.prefix) {
      const fields = part.fields;
      total += (fields.length >>> 1) * maxFieldOverheadBytes;
      for (let at = 0; at < fields.length; at++) total += fields[at]!.length;
    }
    return total;
  }

  encode(block: HeaderBlock, target: Uint8Array, offset: number): number {
    const known = this.#memory.find(block);
    if (known !== undefined && this.#canCopy(known) && block.prefix === undefined) {
      if (offset + known.encodedBytes > target.length) return -1;
      return known.copyTo(target, offset);
    }
    if (offset + this.maxEncodedLength(block) > target.length) return -1;
    this.#target = target;
    this.#position = offset;
    if (this.#hasUpdates) this.#writeUpdates();
    // Before the prefix, which may take the slot of a candidate.
    if (known !== undefined) this.#memory.promote(known);
    if (block.prefix !== undefined) this.#writePrefix(block.prefix);
    this.#writeBlock(known ?? this.#memory.admit(block), block.fields);
    this.#target = nowhere;
    return this.#position;
  }

  #canCopy(known: RememberedBlock): boolean {
    return !this.#hasUpdates && known.isEncodedFor(this.#index.table.version);
  }

  #writeUpdates(): void {
    this.#hasUpdates = false;
    if (this.#smallestSize < this.#index.table.maxBytes) this.#writeUpdate(this.#smallestSize);
    if (this.#finalSize !== this.#index.table.maxBytes) this.#writeUpdate(this.#finalSize);
    this.#smallestSize = this.#finalSize;
  }

  #writeUpdate(size: number): void {
    this.#writeInteger(updatePattern, 0x1f, size);
    this.#index.resize(size);
  }

  #writePrefix(prefix: HeaderBlock): void {
    if (prefix.prefix !== undefined) this.#writePrefix(prefix.prefix);
    const remembered = this.#memory.find(prefix) ?? this.#memory.admit(prefix);
    this.#memory.promote(remembered);
    this.#writeBlock(remembered, prefix.fields);
  }

  #writeBlock(remembered: RememberedBlock, fields: readonly string[]): void {
    const table = this.#index.table;
    const version = table.version;
    if (remembered.isEncodedFor(version)) {
      this.#position = remembered.copyTo(this.#target, this.#position);
      return;
    }
    const start = this.#position;
    const references = remembered.references;
    const isConstant = remembered.isConstant;
    for (let at = 0; at < fields.length; at += 2) {
      const field = at >>> 1;
      const index = this.#indexOf(references[field]!);
      if (index > 0) this.#writeInteger(indexedPattern, 0x7f, index);
      else references[field] = this.#writeField(fields[at]!, fields[at + 1]!, isConstant);
    }
    // What added no entry comes out the same while the table does.
    if (isConstant && table.version === version) {
      remembered.keep(this.#target, start, this.#position, version);
    }
  }

  /** The present index of what a remembered reference stands for; 0 when that is gone or there was none. */
  #indexOf(reference: number): number {
    if (reference <= lastStaticIndex) return reference;
    const age = this.#index.table.addedCount - (reference - lastStaticIndex);
    return age < this.#index.table.count ? lastStaticIndex + 1 + age : 0;
  }

  /** @returns a reference to the entry that has the field now, or 0 when none has. */
  #writeField(name: string, value: string, isConstant: boolean): number {
    const record = this.#index.record(name);
    if (record.policy === IndexPolicy.Sensitive) {
      return this.#writeLiteral(neverIndexedPattern, 0x0f, record, value);
    }
    const reference = this.#findReference(record, value);
    if (reference > 0) {
      this.#writeInteger(indexedPattern, 0x7f, this.#indexOf(reference));
      return reference;
    }
    if (!this.#isWorthAdding(record, value, isConstant)) {
      return this.#writeLiteral(plainPattern, 0x0f, record, value);
    }
    this.#writeLiteral(addedPattern, 0x3f, record, value);
    return lastStaticIndex + this.#index.add(record, value);
  }

  #findReference(record: NameRecord, value: string): number {
    const index = this.#index.findStatic(record, value);
    if (index > 0) return index;
    const entry = this.#index.find(record, value);
    return entry === undefined ? 0 : lastStaticIndex + entry.number;
  }

  #isWorthAdding(record: NameRecord, value: string, isConstant: boolean): boolean {
    if (record.policy === IndexPolicy.Never) return false;
    if (entryBytes(record, value) * 4 > this.#index.table.maxBytes * 3) return false;
    if (isConstant || record.policy === IndexPolicy.FirstSight) return true;
    return record.isRepeated(value);
  }

  /** @returns 0, for the field is in no table on account of this. */
  #writeLiteral(pattern: number, prefixMask: number, record: NameRecord, value: string): number {
    const nameIndex = this.#nameIndex(record);
    this.#writeInteger(pattern, prefixMask, nameIndex);
    if (nameIndex === 0) {
      this.#position = encodeString(this.#target, this.#position, record.name);
    }
    this.#position = encodeString(this.#target, this.#position, value);
    return 0;
  }

  /** An index by which the name alone can be told, or 0. */
  #nameIndex(record: NameRecord): number {
    if (record.staticRange !== undefined) return record.staticRange.first;
    const entry = record.newest;
    return entry === undefined ? 0 : this.#indexOf(lastStaticIndex + entry.number);
  }

  #writeInteger(pattern: number, prefixMask: number, value: number): void {
    this.#position = encodeInteger(this.#target, this.#position, pattern, prefixMask, value);
  }
}
