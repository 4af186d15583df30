// Decodes header blocks (RFC 7541) within fixed bounds of memory, and knows blocks it has seen before.
import { anyVersion, BlockCache } from "./block-cache.js";
import { DynamicTable } from "./dynamic-table.js";
import {
  describeNameFault,
  describeValueFault,
  isFieldName,
  isFieldValue,
} from "./field-syntax.js";
import { DecodedHeaderList } from "./header-list.js";
import { Cursor, integerTooLong, readInteger } from "./integer.js";
import { entryOverheadBytes, lastStaticIndex, staticEntries, TableEntry } from "./static-table.js";
import { StringLiteral } from "./string-literal.js";

export interface DecoderOptions {
  /**
   * Our SETTINGS_HEADER_TABLE_SIZE as the peer has acknowledged it, in bytes. Before any
   * acknowledgement that is 4096 (RFC 9113 s6.5.2), whatever we are about to ask for.
   */
  readonly maxTableSize: number;
  /** Most bytes of one list, counted as name + value + 32 per field (RFC 9113 s6.5.2). */
  readonly maxListBytes: number;
  /** Most fields of one list; every cookie crumb counts. 128 is a good choice. */
  readonly maxFields: number;
  /** Values with white space at an end are no fault. Default false. */
  readonly allowsOuterSpace?: boolean | undefined;
}

/** What became of one block. The object is reused by the next `decode`; what it refers to is not. */
export interface DecodeResult {
  /** The decoded list; undefined when there is an error or the list is too large. */
  readonly list: DecodedHeaderList | undefined;
  /** The fields of `list`; empty without one. */
  readonly fields: readonly string[];
  /** Set when the block is broken: answer with connection error COMPRESSION_ERROR (RFC 9113 s4.3). Every later block is refused, too. */
  readonly errorMessage: string | undefined;
  /** The list is over `maxListBytes` or `maxFields`. The block was read to its end to keep the table in step, but its list was not kept. */
  readonly tooLarge: boolean;
  /** Size of the whole list as RFC 9113 s6.5.2 counts it, also of one that is too large; 0 after an error. */
  readonly listBytes: number;
  /** Lets go of the list, which an idle connection would hold otherwise. */
  drop(): void;
}

/** The decoding end of one direction (RFC 7541 s2.2). */
export interface HpackDecoder {
  /** Decodes one complete block, from `start` to `end`. Never throws on account of the bytes, and keeps none of them. */
  decode(bytes: Uint8Array, start: number, end: number): DecodeResult;
  /**
   * The peer has acknowledged a new SETTINGS_HEADER_TABLE_SIZE of ours. If that is less than its
   * encoder uses, its next block must begin with a table size update (RFC 7541 s4.2).
   */
  setMaxTableSize(size: number): void;
}

/** Decodes all blocks of one direction of one connection, in order. */
export function createDecoder(options: DecoderOptions): HpackDecoder {
  return new BlockDecoder(options);
}

/** An encoder starts with this much, if we allow it; more it must announce (RFC 9113 s6.5.2). */
const initialTableBytes = 4096;
const noFields: readonly string[] = [];

// Shared by all decoders: each `decode` runs to its end before the next one starts.
const cursor = new Cursor();
const nameLiteral = new StringLiteral();
const valueLiteral = new StringLiteral();
/** The fields of the block being decoded; longer than that block needs. */
const found: string[] = [];

class BlockResult implements DecodeResult {
  list: DecodedHeaderList | undefined = undefined;
  fields: readonly string[] = noFields;
  errorMessage: string | undefined = undefined;
  tooLarge = false;
  listBytes = 0;

  set(list: DecodedHeaderList | undefined, listBytes: number, tooLarge: boolean): this {
    this.list = list;
    this.fields = list === undefined ? noFields : list.fields;
    this.errorMessage = undefined;
    this.tooLarge = tooLarge;
    this.listBytes = listBytes;
    return this;
  }

  drop(): void {
    this.list = undefined;
    this.fields = noFields;
  }

  fail(message: string): this {
    this.set(undefined, 0, false);
    this.errorMessage = message;
    return this;
  }
}

class BlockDecoder implements HpackDecoder {
  readonly #result = new BlockResult();
  readonly #cache = new BlockCache();
  readonly #table: DynamicTable<TableEntry>;
  readonly #maxListBytes: number;
  readonly #maxFields: number;
  readonly #allowsOuterSpace: boolean;
  /** What we allow; `#table.maxBytes` is what the peer's encoder has chosen. */
  #maxTableBytes: number;
  /** The next block must begin with an update to this or less; Infinity when nothing is asked for. */
  #requiredUpdate = Number.POSITIVE_INFINITY;
  /** Set for good by the first broken block: the table is out of step from then on. */
  #brokenBy: string | undefined = undefined;

  // About the block being decoded.
  #fieldCount = 0;
  #listBytes = 0;
  #tooLarge = false;
  #fault: string | undefined = undefined;
  #usesTable = false;
  #changesTable = false;

  constructor(options: DecoderOptions) {
    this.#maxTableBytes = options.maxTableSize;
    this.#table = new DynamicTable(Math.min(options.maxTableSize, initialTableBytes));
    this.#maxListBytes = options.maxListBytes;
    this.#maxFields = options.maxFields;
    this.#allowsOuterSpace = options.allowsOuterSpace ?? false;
  }

  setMaxTableSize(size: number): void {
    this.#maxTableBytes = size;
    if (size < this.#table.maxBytes) this.#requiredUpdate = Math.min(size, this.#requiredUpdate);
  }

  decode(bytes: Uint8Array, start: number, end: number): DecodeResult {
    if (this.#brokenBy !== undefined) return this.#result.fail(this.#brokenBy);
    if (this.#requiredUpdate === Number.POSITIVE_INFINITY) {
      const known = this.#cache.find(bytes, start, end, this.#table.version);
      if (known !== undefined) return this.#result.set(known.list, known.listBytes, false);
    }
    this.#begin();
    cursor.aim(bytes, start, end);
    this.#brokenBy = this.#readUpdates() ?? this.#readFields();
    cursor.drop();
    nameLiteral.drop();
    valueLiteral.drop();
    if (this.#brokenBy !== undefined) return this.#result.fail(this.#brokenBy);
    return this.#finish(bytes, start, end);
  }

  #begin(): void {
    this.#fieldCount = 0;
    this.#listBytes = 0;
    this.#tooLarge = false;
    this.#fault = undefined;
    this.#usesTable = false;
    this.#changesTable = false;
  }

  #finish(bytes: Uint8Array, start: number, end: number): DecodeResult {
    if (this.#tooLarge) return this.#result.set(undefined, this.#listBytes, true);
    const fields = found.slice(0, this.#fieldCount * 2);
    const list = new DecodedHeaderList(fields, this.#fault, this.#listBytes);
    if (!this.#changesTable && this.#cache.isSecondSight(bytes, start, end)) {
      const version = this.#usesTable ? this.#table.version : anyVersion;
      // Not `slice`, which for a Buffer is a view of bytes that are only lent.
      const copy = new Uint8Array(bytes.subarray(start, end));
      this.#cache.add(copy, version, list, this.#listBytes);
    }
    return this.#result.set(list, this.#listBytes, false);
  }

  /** Table size updates stand before the first field (RFC 7541 s4.2). */
  #readUpdates(): string | undefined {
    while (cursor.position < cursor.end && (cursor.bytes[cursor.position]! & 0xe0) === 0x20) {
      const size = readInteger(cursor, 0x1f);
      if (size < 0) return integerFault(size, "a table size update");
      if (size > this.#maxTableBytes) {
        return `table size update to ${size} bytes, but our SETTINGS_HEADER_TABLE_SIZE is ${this.#maxTableBytes}`;
      }
      this.#changesTable = true;
      this.#table.maxBytes = size;
      this.#table.makeRoom(0);
      if (size <= this.#requiredUpdate) this.#requiredUpdate = Number.POSITIVE_INFINITY;
    }
    if (this.#requiredUpdate === Number.POSITIVE_INFINITY) return undefined;
    return `block without the table size update to ${this.#requiredUpdate} bytes or less that our new SETTINGS_HEADER_TABLE_SIZE asks for`;
  }

  #readFields(): string | undefined {
    while (cursor.position < cursor.end) {
      const octet = cursor.bytes[cursor.position]!;
      let message: string | undefined;
      if (octet >= 0x80) message = this.#readIndexed();
      else if (octet >= 0x40) message = this.#readLiteral(0x3f, true);
      else if (octet < 0x20) message = this.#readLiteral(0x0f, false);
      else message = "table size update after a field; updates stand at the start of a block";
      if (message !== undefined) return message;
    }
    return undefined;
  }

  #readIndexed(): string | undefined {
    const index = readInteger(cursor, 0x7f);
    if (index < 0) return integerFault(index, "a field index");
    const entry = this.#entryAt(index);
    if (entry === undefined) return this.#indexFault(index);
    if (this.#count(entry.byteLength)) this.#keep(entry.name, entry.value, entry.fault);
    return undefined;
  }

  #readLiteral(prefixMask: number, isIndexed: boolean): string | undefined {
    const index = readInteger(cursor, prefixMask);
    if (index < 0) return integerFault(index, "a name index");
    const named = index === 0 ? undefined : this.#entryAt(index);
    if (index !== 0 && named === undefined) return this.#indexFault(index);
    // What exceeds both limits can be neither in the list nor in the table.
    const maxBytes = Math.max(this.#maxListBytes, this.#table.maxBytes);
    if (named === undefined) {
      const message = nameLiteral.read(cursor, maxBytes);
      if (message !== undefined) return message;
    }
    const message = valueLiteral.read(cursor, maxBytes);
    if (message !== undefined) return message;
    this.#takeLiteral(named, isIndexed);
    return undefined;
  }

  #takeLiteral(named: TableEntry | undefined, isIndexed: boolean): void {
    const nameBytes = named === undefined ? nameLiteral.byteLength : named.name.length;
    const byteLength = nameBytes + valueLiteral.byteLength + entryOverheadBytes;
    const isKept = this.#count(byteLength);
    const isAdded = isIndexed && byteLength <= this.#table.maxBytes;
    if (isIndexed) {
      this.#changesTable = true;
      // An entry larger than the table empties it (RFC 7541 s4.4). `named` outlives its eviction.
      this.#table.makeRoom(byteLength);
    }
    if (!isKept && !isAdded) return;
    const name = named === undefined ? nameLiteral.toText() : named.name;
    const value = valueLiteral.toText();
    const nameFault = named === undefined ? checkName(name) : named.nameFault;
    const fault = nameFault ?? checkValue(name, this.#allowsOuterSpace);
    if (isAdded) this.#table.add(new TableEntry(name, value, nameFault, fault));
    if (isKept) this.#keep(name, value, fault);
  }

  #entryAt(index: number): TableEntry | undefined {
    if (index <= lastStaticIndex) return staticEntries[index - 1];
    this.#usesTable = true;
    return this.#table.at(index - lastStaticIndex - 1);
  }

  /** Counts one field more. @returns whether the list is still within its limits. */
  #count(byteLength: number): boolean {
    this.#listBytes += byteLength;
    this.#fieldCount += 1;
    if (this.#listBytes > this.#maxListBytes || this.#fieldCount > this.#maxFields) {
      this.#tooLarge = true;
    }
    return !this.#tooLarge;
  }

  #keep(name: string, value: string, fault: string | undefined): void {
    const at = this.#fieldCount * 2;
    found[at - 2] = name;
    found[at - 1] = value;
    if (fault !== undefined) this.#fault ??= fault;
  }

  #indexFault(index: number): string {
    if (index === 0) return "field index 0";
    return `field index ${index}, but the tables end at ${lastStaticIndex + this.#table.count}`;
  }
}

function integerFault(verdict: number, what: string): string {
  return verdict === integerTooLong
    ? `${what} takes more than 5 octets`
    : `the block ends inside ${what}`;
}

function checkName(name: string): string | undefined {
  const { bytes, start, end } = nameLiteral;
  return isFieldName(bytes, start, end) ? undefined : describeNameFault(name);
}

function checkValue(name: string, allowsOuterSpace: boolean): string | undefined {
  const { bytes, start, end } = valueLiteral;
  const isGood = isFieldValue(bytes, start, end, allowsOuterSpace);
  return isGood ? undefined : describeValueFault(name);
}
