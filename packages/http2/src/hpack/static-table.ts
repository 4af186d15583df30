// The static table (RFC 7541 appendix A) and what both tables hold: a field with the verdict on it.

/** What an entry costs beyond its name and value, in bytes (RFC 7541 s4.1). */
export const entryOverheadBytes = 32;

/** A field that the decoder's tables hold. Names and values have one character an octet. */
export class TableEntry {
  readonly name: string;
  readonly value: string;
  /** Size as RFC 7541 s4.1 counts it. */
  readonly byteLength: number;
  /** Why the name breaks RFC 9113 s8.2, in words; undefined when it does not. */
  readonly nameFault: string | undefined;
  /** The same of name and value together. */
  readonly fault: string | undefined;

  constructor(
    name: string,
    value: string,
    nameFault: string | undefined,
    fault: string | undefined,
  ) {
    this.name = name;
    this.value = value;
    this.byteLength = name.length + value.length + entryOverheadBytes;
    this.nameFault = nameFault;
    this.fault = fault;
  }
}

/** The highest index of the static table. */
export const lastStaticIndex = 61;

const staticFields: readonly (readonly [name: string, value: string])[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

/** By index less one: entry 1 of the RFC is the first. */
export const staticEntries: readonly TableEntry[] = staticFields.map(
  ([name, value]) => new TableEntry(name, value, undefined, undefined),
);

/** The indices that share a name: `first` to `last`. */
export interface StaticRange {
  readonly first: number;
  readonly last: number;
}

let ranges: Map<string, StaticRange> | undefined;

/** Where a name stands in the static table; equal names stand together. */
export function staticRange(name: string): StaticRange | undefined {
  ranges ??= collectRanges();
  return ranges.get(name);
}

function collectRanges(): Map<string, StaticRange> {
  const collected = new Map<string, StaticRange>();
  staticEntries.forEach((entry, at) => {
    const first = collected.get(entry.name)?.first ?? at + 1;
    collected.set(entry.name, { first, last: at + 1 });
  });
  return collected;
}
