// Metadata: the custom headers and trailers of a call, in order, with byte values under "-bin" names.
import { UsageError } from "../status/usage-error.js";
import { isBinaryName, isReservedName, isValidName, isValidText } from "./names.js";

/** A value: text, or bytes under a name that ends in `-bin`. */
export type MetadataValue = string | Uint8Array;

/** What metadata can be made of: an object, a list of pairs, or other metadata. */
export type MetadataInit =
  | Metadata
  | Iterable<readonly [string, MetadataValue]>
  | { readonly [name: string]: MetadataValue | readonly MetadataValue[] };

/** The type of the values under the name `N`: bytes when it ends in `-bin`. */
export type MetadataValueOf<N extends string> =
  Lowercase<N> extends `${string}-bin` ? Uint8Array : string extends N ? MetadataValue : string;

const inspectSymbol: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/**
 * The custom metadata of a call (PROTOCOL-HTTP2.md "Custom-Metadata"). Names are matched without
 * regard to case and kept in lower case; order and duplicates are kept. Values under a name that ends
 * in `-bin` are bytes, all others are text of printable ASCII characters; space around text is removed,
 * because HTTP/2 cannot carry it.
 *
 * Every method that takes a name to set throws {UsageError} when the name has characters other than
 * `0-9 a-z _ - .`, when the name belongs to the protocol (`:path`, `content-type`, `te`, `user-agent`,
 * `grpc-status` ...), or when the value does not fit the name.
 *
 * @example
 * const metadata = new Metadata({ "request-id": "42", "trace-bin": new Uint8Array([1, 2]) });
 * metadata.append("tag", "a");
 */
export class Metadata implements Iterable<[string, MetadataValue]> {
  static {
    Object.defineProperty(Metadata.prototype, inspectSymbol, { value: inspectMetadata });
  }

  // name, value, name, value ...: no map, so that no name is special and order costs nothing.
  #entries: MetadataValue[] | undefined;

  constructor(init?: MetadataInit) {
    if (init === undefined) {
      return;
    }
    if (isIterable(init)) {
      this.merge(init);
      return;
    }
    for (const [name, values] of Object.entries(init)) {
      this.#appendAll(name, values);
    }
  }

  /**
   * Takes over entries that are known to be good: lower-case valid names, fitting values.
   * For library authors; the list must not be used elsewhere afterwards.
   */
  static fromEntries(entries: MetadataValue[]): Metadata {
    const metadata = new Metadata();
    if (entries.length > 0) {
      metadata.#entries = entries;
    }
    return metadata;
  }

  /** The number of values, duplicates counted. */
  get size(): number {
    return this.#entries === undefined ? 0 : this.#entries.length / 2;
  }

  /** The first value under `name`, or undefined. */
  get<N extends string>(name: N): MetadataValueOf<N> | undefined;
  get(name: string): MetadataValue | undefined {
    const entries = this.#entries;
    const at = entries === undefined ? -1 : indexOfName(entries, name.toLowerCase(), 0);
    return at === -1 ? undefined : entries![at + 1];
  }

  /** All values under `name`, in order; empty when there are none. */
  getAll<N extends string>(name: N): MetadataValueOf<N>[];
  getAll(name: string): MetadataValue[] {
    const found: MetadataValue[] = [];
    const entries = this.#entries;
    if (entries !== undefined) {
      const key = name.toLowerCase();
      for (let at = indexOfName(entries, key, 0); at !== -1; ) {
        found.push(entries[at + 1]!);
        at = indexOfName(entries, key, at + 2);
      }
    }
    return found;
  }

  /** Whether there is a value under `name`. */
  has(name: string): boolean {
    return this.#entries !== undefined && indexOfName(this.#entries, name.toLowerCase(), 0) !== -1;
  }

  /** Puts one value in the place of all values under `name`. @throws {UsageError} see the class. */
  set<N extends string>(name: N, value: MetadataValueOf<N>): this;
  set(name: string, value: MetadataValue): this {
    const key = checkName(name);
    const checked = checkValue(key, value);
    this.delete(key);
    return this.#push(key, checked);
  }

  /** Adds a value behind those that are there. @throws {UsageError} see the class. */
  append<N extends string>(name: N, value: MetadataValueOf<N>): this;
  append(name: string, value: MetadataValue): this {
    const key = checkName(name);
    return this.#push(key, checkValue(key, value));
  }

  /** Removes all values under `name`. @returns whether there were any. */
  delete(name: string): boolean {
    const entries = this.#entries;
    if (entries === undefined) {
      return false;
    }
    const key = name.toLowerCase();
    let kept = 0;
    for (let at = 0; at < entries.length; at += 2) {
      if (entries[at] !== key) {
        entries[kept] = entries[at]!;
        entries[kept + 1] = entries[at + 1]!;
        kept += 2;
      }
    }
    const removed = kept < entries.length;
    entries.length = kept;
    return removed;
  }

  /** Appends everything from `other`, duplicates included. @throws {UsageError} see the class. */
  merge(other: Metadata | Iterable<readonly [string, MetadataValue]>): this {
    if (other instanceof Metadata) {
      const theirs = other.#entries;
      if (theirs !== undefined) {
        this.#entries =
          this.#entries === undefined ? theirs.slice() : [...this.#entries, ...theirs];
      }
      return this;
    }
    for (const [name, value] of other) {
      this.append(name, value);
    }
    return this;
  }

  /** A copy that changes by itself; byte values are shared. */
  clone(): Metadata {
    return new Metadata().merge(this);
  }

  /** All names and values in the order in which they were added. */
  *[Symbol.iterator](): Generator<[string, MetadataValue], void, undefined> {
    const entries = this.#entries;
    for (let at = 0; entries !== undefined && at < entries.length; at += 2) {
      yield [entries[at] as string, entries[at + 1]!];
    }
  }

  /** The entries as pairs, for logs and JSON; bytes become arrays of numbers. */
  toJSON(): [string, string | number[]][] {
    return Array.from(this, ([name, value]) => [
      name,
      typeof value === "string" ? value : Array.from(value),
    ]);
  }

  #push(key: string, value: MetadataValue): this {
    if (this.#entries === undefined) {
      this.#entries = [key, value];
    } else {
      this.#entries.push(key, value);
    }
    return this;
  }

  #appendAll(name: string, values: MetadataValue | readonly MetadataValue[]): void {
    if (Array.isArray(values)) {
      for (const value of values) {
        this.append(name, value);
      }
    } else {
      this.append(name, values as MetadataValue);
    }
  }
}

/** How Node.js prints metadata. */
function inspectMetadata(
  this: Metadata,
  _depth: number,
  options: object,
  inspect: (value: unknown, options: object) => string,
): string {
  return `Metadata ${inspect([...this], options)}`;
}

function isIterable(init: MetadataInit): init is Iterable<readonly [string, MetadataValue]> {
  return typeof (init as Partial<Iterable<unknown>>)[Symbol.iterator] === "function";
}

function indexOfName(entries: readonly MetadataValue[], key: string, from: number): number {
  for (let at = from; at < entries.length; at += 2) {
    if (entries[at] === key) {
      return at;
    }
  }
  return -1;
}

function checkName(name: string): string {
  const key = String(name).toLowerCase();
  // Before the characters: ":path" should be told that it is reserved, not that ":" is no letter.
  if (isReservedName(key)) {
    throw new UsageError(`metadata name "${name}" is reserved by the protocol and cannot be set`);
  }
  if (!isValidName(key)) {
    throw new UsageError(
      `metadata name ${JSON.stringify(name)} is not valid: one or more of 0-9 a-z _ - . are allowed`,
    );
  }
  return key;
}

function checkValue(key: string, value: MetadataValue): MetadataValue {
  if (isBinaryName(key)) {
    if (value instanceof Uint8Array) {
      return value;
    }
    throw new UsageError(`metadata "${key}" takes bytes (a Uint8Array), not ${describe(value)}`);
  }
  if (typeof value !== "string") {
    throw new UsageError(
      `metadata "${key}" takes text, not ${describe(value)}; bytes need a name that ends in -bin`,
    );
  }
  if (!isValidText(value)) {
    throw new UsageError(
      `metadata "${key}" has a value with characters other than printable ASCII: ${JSON.stringify(value)}`,
    );
  }
  return value.trim();
}

function describe(value: unknown): string {
  return value instanceof Uint8Array ? "bytes" : typeof value === "string" ? "text" : typeof value;
}
