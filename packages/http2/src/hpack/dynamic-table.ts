// The dynamic table (RFC 7541 s2.3.2, s4) as a ring: entries never move, the oldest fall out.

/** What the ring must know of an entry. */
export interface SizedEntry {
  /** Name, value and 32 bytes more (RFC 7541 s4.1). */
  readonly byteLength: number;
}

const firstCapacity = 4;

export class DynamicTable<Entry extends SizedEntry> {
  /** The most bytes that the entries may have together. */
  maxBytes: number;
  /** The bytes that they have. */
  usedBytes = 0;
  count = 0;
  /** How many entries were ever added. The newest bears this number, the one before it one less. */
  addedCount = 0;
  /** Changes whenever an index may have come to mean something else. */
  version = 0;
  // A power of two slots; the entry numbered n is in slot n modulo their number.
  #slots: (Entry | undefined)[] = [];
  #mask = -1;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** @param age 0 for the newest entry. */
  at(age: number): Entry | undefined {
    return age < this.count ? this.#slots[(this.addedCount - age) & this.#mask] : undefined;
  }

  /** Whether an entry of this size can be added without evicting one. */
  hasRoom(byteLength: number): boolean {
    return this.usedBytes + byteLength <= this.maxBytes;
  }

  /** Adds an entry for which there is room. */
  add(entry: Entry): void {
    if (this.count > this.#mask) this.#grow();
    this.addedCount += 1;
    this.#slots[this.addedCount & this.#mask] = entry;
    this.count += 1;
    this.usedBytes += entry.byteLength;
    this.version += 1;
  }

  /** Only for a table that is not empty. */
  evictOldest(): Entry {
    const slot = (this.addedCount - this.count + 1) & this.#mask;
    const entry = this.#slots[slot]!;
    this.#slots[slot] = undefined;
    this.count -= 1;
    this.usedBytes -= entry.byteLength;
    this.version += 1;
    return entry;
  }

  /** Evicts until an entry of this size would fit, or nothing is left. */
  makeRoom(byteLength: number): void {
    while (this.count > 0 && !this.hasRoom(byteLength)) this.evictOldest();
  }

  #grow(): void {
    const slots = new Array<Entry | undefined>(Math.max(firstCapacity, this.#slots.length * 2));
    slots.fill(undefined);
    const mask = slots.length - 1;
    for (let age = 0; age < this.count; age++) {
      slots[(this.addedCount - age) & mask] = this.at(age);
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
