// The encoder's dynamic table with a way to find entries by name and value.
import { DynamicTable } from "./dynamic-table.js";
import { type IndexPolicy, indexPolicy } from "./field-policy.js";
import {
  entryOverheadBytes,
  type StaticRange,
  staticEntries,
  staticRange,
} from "./static-table.js";

/** What the encoder knows of one field name. */
export class NameRecord {
  readonly name: string;
  readonly policy: IndexPolicy;
  readonly staticRange: StaticRange | undefined;
  /** The newest entry of this name; the others hang on it. */
  newest: IndexedField | undefined = undefined;
  #lastValue: string | undefined = undefined;

  constructor(name: string) {
    this.name = name;
    this.policy = indexPolicy(name);
    this.staticRange = staticRange(name);
  }

  /** Takes note of a value that is about to be sent. @returns whether it was the last one, too; long values never are. */
  isRepeated(value: string): boolean {
    if (this.#lastValue === value) return true;
    if (value.length <= maxNotedValue) this.#lastValue = value;
    return false;
  }
}

/** Longer values are not kept for comparison, in characters: names times values bound the encoder's memory. */
const maxNotedValue = 512;

/** An entry of the encoder's dynamic table, in a chain of those with the same name. */
export class IndexedField {
  readonly record: NameRecord;
  readonly value: string;
  readonly byteLength: number;
  /** Counts from 1 for the first entry ever added. */
  readonly number: number;
  older: IndexedField | undefined;
  newer: IndexedField | undefined = undefined;

  constructor(record: NameRecord, value: string, number: number) {
    this.record = record;
    this.value = value;
    this.byteLength = entryBytes(record, value);
    this.number = number;
    this.older = record.newest;
  }
}

export function entryBytes(record: NameRecord, value: string): number {
  return record.name.length + value.length + entryOverheadBytes;
}

/** Names known at a time; those without an entry are forgotten when there are more. */
const maxNames = 128;

export class FieldIndex {
  readonly table: DynamicTable<IndexedField>;
  readonly #records = new Map<string, NameRecord>();

  constructor(maxBytes: number) {
    this.table = new DynamicTable(maxBytes);
  }

  record(name: string): NameRecord {
    const known = this.#records.get(name);
    if (known !== undefined) return known;
    if (this.#records.size >= maxNames) this.#forgetNames();
    const record = new NameRecord(name);
    this.#records.set(name, record);
    return record;
  }

  /** The static index of name and value together, or 0. */
  findStatic(record: NameRecord, value: string): number {
    const range = record.staticRange;
    if (range === undefined) return 0;
    for (let index = range.first; index <= range.last; index++) {
      if (staticEntries[index - 1]!.value === value) return index;
    }
    return 0;
  }

  /** The entry of name and value together. */
  find(record: NameRecord, value: string): IndexedField | undefined {
    let field = record.newest;
    while (field !== undefined && field.value !== value) field = field.older;
    return field;
  }

  /** Adds an entry that is not larger than the table, evicting what must go. @returns its number. */
  add(record: NameRecord, value: string): number {
    this.#makeRoom(entryBytes(record, value));
    const field = new IndexedField(record, value, this.table.addedCount + 1);
    if (record.newest !== undefined) record.newest.newer = field;
    record.newest = field;
    this.table.add(field);
    return field.number;
  }

  resize(maxBytes: number): void {
    this.table.maxBytes = maxBytes;
    this.#makeRoom(0);
  }

  #makeRoom(byteLength: number): void {
    while (this.table.count > 0 && !this.table.hasRoom(byteLength)) {
      this.#unlink(this.table.evictOldest());
    }
  }

  /** The oldest entry of all is the last of its chain. */
  #unlink(field: IndexedField): void {
    if (field.newer === undefined) field.record.newest = undefined;
    else field.newer.older = undefined;
  }

  #forgetNames(): void {
    for (const [name, record] of this.#records) {
      if (record.newest === undefined) this.#records.delete(name);
    }
  }
}
