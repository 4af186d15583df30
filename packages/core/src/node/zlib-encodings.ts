// gzip, deflate, br and zstd by node:zlib, which is loaded with the first message that needs it.
import type { MessageEncoding } from "../compression/message-encoding.js";
import { isWholeZstd } from "../compression/zstd-frame.js";

type Options = Record<string, unknown>;
type Done = (error: Error | null, result: Uint8Array | Informed) => void;

/** What node:zlib answers when it is asked for `info`. */
interface Informed {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** node:zlib as far as it is used here; its types know nothing of what later versions have. */
type Library = Record<string, unknown> & { readonly constants: Record<string, number | undefined> };

/** The four functions of node:zlib for one format. */
interface Functions {
  readonly deflate: (bytes: Uint8Array, options: Options, done: Done) => void;
  readonly deflateSync: (bytes: Uint8Array, options: Options) => Uint8Array;
  readonly inflate: (bytes: Uint8Array, options: Options, done: Done) => void;
  readonly inflateSync: (bytes: Uint8Array, options: Options) => Uint8Array | Informed;
}

/** What distinguishes the formats. */
interface Format {
  readonly name: string;
  /** What the functions are called in node:zlib. */
  readonly deflate: string;
  readonly inflate: string;
  readonly levels: readonly [lowest: number, highest: number];
  readonly withLevel: (level: number | undefined, constants: Library["constants"]) => Options;
  /** What the bytes say about their size before compression; 0 where the format does not say. */
  readonly sizeHint: (bytes: Uint8Array) => number;
  /** Whether nothing is missing; left out where every runtime finds that out itself. */
  readonly isWhole?: (bytes: Uint8Array) => boolean;
}

/** Output is put together from pieces, of at least this size: a piece off the event loop is a way to another thread and back. */
const leastChunkBytes = { now: 16_384, later: 262_144 } as const;
/** And of at most this size, however large the message claims to become. Memory that is not written to costs nothing. */
const maxChunkBytes = 16_777_216;
/**
 * A message that turns out to be too large for the event loop has cost it some time: 8 ms for a bomb of 27 bytes in br,
 * whose decoder fills its window before it gives anything. So many further messages go elsewhere at once; twice as
 * many when the next one that is tried is no better.
 */
const leastPenalty = 8;
const mostPenalty = 1024;
/** What a format may add to bytes that cannot be compressed. */
const overheadBytes = 1024;
/** How much smaller deflate makes anything at best (zlib's "Technical Details"). */
const maxDeflateRatio = 1032;

/** One format of node:zlib. */
class ZlibEncoding implements MessageEncoding {
  readonly name: string;
  readonly levels: readonly [number, number];
  readonly #format: Format;
  /** So many messages are not tried on the event loop, because others have turned out to be large only after much work. */
  #distrusted = 0;
  #penalty = leastPenalty;
  #functions: Functions | undefined;

  constructor(format: Format) {
    this.name = format.name;
    this.levels = format.levels;
    this.#format = format;
  }

  compress(bytes: Uint8Array, level: number | undefined): Uint8Array {
    return this.#load().deflateSync(bytes, this.#toDeflate(bytes, level));
  }

  compressLater(bytes: Uint8Array, level: number | undefined): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#load().deflate(bytes, this.#toDeflate(bytes, level), (error, result) => {
        error === null ? resolve(result as Uint8Array) : reject(error);
      });
    });
  }

  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
    if (this.#format.sizeHint(bytes) > maxBytes) return undefined;
    if (this.#distrusted > 0) {
      this.#distrusted--;
      return undefined;
    }
    try {
      this.#expectWhole(bytes);
      const result = this.#load().inflateSync(bytes, this.#toInflate(bytes, maxBytes, "now"));
      this.#penalty = leastPenalty;
      return withinLimit(check(result, bytes), maxBytes);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      this.#distrusted = this.#penalty;
      this.#penalty = Math.min(2 * this.#penalty, mostPenalty);
      return undefined;
    }
  }

  decompressLater(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined> {
    return new Promise((resolve, reject) => {
      this.#expectWhole(bytes);
      this.#load().inflate(bytes, this.#toInflate(bytes, maxBytes, "later"), (error, result) => {
        if (error !== null) {
          isTooLarge(error) ? resolve(undefined) : reject(error);
          return;
        }
        try {
          resolve(withinLimit(check(result, bytes), maxBytes));
        } catch (cause) {
          reject(cause);
        }
      });
    });
  }

  #expectWhole(bytes: Uint8Array): void {
    const { isWhole, name } = this.#format;
    // Every format begins with a head, of which some runtimes do not miss anything.
    if (bytes.length === 0 || isWhole?.(bytes) === false)
      throw new Error(`what is compressed with ${name} is not whole`);
  }

  #load(): Functions {
    this.#functions ??= toFunctions(this.#format);
    return this.#functions;
  }

  /** One piece of output is as good as always enough: putting pieces together costs a copy. */
  #toDeflate(bytes: Uint8Array, level: number | undefined): Options {
    const chunkSize = bytes.length + (bytes.length >>> 8) + overheadBytes;
    return { ...this.#format.withLevel(level, loadLibrary().constants), chunkSize };
  }

  #toInflate(bytes: Uint8Array, maxBytes: number, when: "now" | "later"): Options {
    const { length } = bytes;
    const hint = Math.min(this.#format.sizeHint(bytes), length * maxDeflateRatio);
    const expected = hint === 0 ? Math.max(4 * length, leastChunkBytes[when]) : hint;
    return {
      info: true,
      chunkSize: Math.max(Math.min(expected, maxBytes, maxChunkBytes) + 1, zlibLeastChunkBytes),
      ...(maxBytes < maxOutputBytes ? { maxOutputLength: Math.max(1, maxBytes) } : undefined),
    };
  }
}

/** Of node:zlib itself. */
const zlibLeastChunkBytes = 64;

/** From here on node:zlib's own limit is the lower one. */
const maxOutputBytes = 2 ** 31;

/** @throws Error when there is something behind the compressed message. */
function check(result: Uint8Array | Informed, { length }: Uint8Array): Uint8Array {
  if (result instanceof Uint8Array) return result;
  const used = result.engine.bytesWritten;
  if (used !== length) {
    throw new Error(`${length - used} bytes follow where the compressed message ends`);
  }
  return result.buffer;
}

/** The same bytes as a plain Uint8Array: what messages keep views of shall not be a Buffer. */
function withinLimit(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined {
  if (bytes.length > maxBytes) return undefined;
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

function isTooLarge(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE";
}

function loadLibrary(): Library {
  return process.getBuiltinModule("node:zlib") as unknown as Library;
}

function toFunctions({ deflate, inflate }: Format): Functions {
  const library = loadLibrary();
  return {
    deflate: library[deflate] as Functions["deflate"],
    deflateSync: library[`${deflate}Sync`] as Functions["deflateSync"],
    inflate: library[inflate] as Functions["inflate"],
    inflateSync: library[`${inflate}Sync`] as Functions["inflateSync"],
  };
}

function deflateLevel(level: number | undefined): Options {
  return level === undefined ? {} : { level };
}

function unknownSize(): number {
  return 0;
}

/** RFC 1952 s2.3.1: the last four bytes, little endian, modulo 2^32. A lie is found out while inflating. */
function gzipSize(bytes: Uint8Array): number {
  const at = bytes.length - 4;
  if (at < 14) return 0;
  return bytes[at + 3]! * 0x1000000 + ((bytes[at + 2]! << 16) | (bytes[at + 1]! << 8) | bytes[at]!);
}

const formats: readonly Format[] = [
  {
    name: "gzip",
    deflate: "gzip",
    inflate: "gunzip",
    levels: [0, 9],
    withLevel: deflateLevel,
    sizeHint: gzipSize,
  },
  {
    // In gRPC as in HTTP "deflate" is the zlib format (RFC 1950), not the bare one of RFC 1951.
    name: "deflate",
    deflate: "deflate",
    inflate: "inflate",
    levels: [0, 9],
    withLevel: deflateLevel,
    sizeHint: unknownSize,
  },
  {
    name: "br",
    deflate: "brotliCompress",
    inflate: "brotliDecompress",
    levels: [0, 11],
    // zlib's own default, 11, takes a hundred times as long.
    withLevel: (level = 4, { BROTLI_PARAM_QUALITY }) => ({
      params: { [BROTLI_PARAM_QUALITY!]: level },
    }),
    sizeHint: unknownSize,
  },
  {
    name: "zstd",
    deflate: "zstdCompress",
    inflate: "zstdDecompress",
    levels: [1, 22],
    withLevel: (level = 3, { ZSTD_c_compressionLevel }) => ({
      params: { [ZSTD_c_compressionLevel!]: level },
    }),
    sizeHint: unknownSize,
    // Node 22, Bun and Deno take the first part of a message for the whole.
    isWhole: isWholeZstd,
  },
];

/** Node 22.15 and later have zstd, and say so without loading anything; of other runtimes only the library can tell. */
function hasZstd(): boolean {
  const { versions } = process;
  const isNode = !("bun" in versions || "deno" in versions);
  return isNode ? "zstd" in versions : "zstdCompressSync" in loadLibrary();
}

function findEncodings(): readonly MessageEncoding[] {
  if (typeof globalThis.process?.getBuiltinModule !== "function") return [];
  const isThere = hasZstd();
  return formats
    .filter(({ name }) => name !== "zstd" || isThere)
    .map((format) => new ZlibEncoding(format));
}

let encodings: readonly MessageEncoding[] | undefined;

/** The encodings of this runtime: gzip, deflate, br, and zstd where node:zlib has it (Node 22.15). None in browsers. */
export function zlibEncodings(): readonly MessageEncoding[] {
  encodings ??= findEncodings();
  return encodings;
}
