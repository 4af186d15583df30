// Decodes header blocks (RFC 7541) within fixed bounds of memory, and knows blocks it has seen before.
import type { DecodedHeaderList } from "./header-list.js";

export interface DecoderOptions {
  /** Our SETTINGS_HEADER_TABLE_SIZE as the peer has acknowledged it, in bytes. Create with 4096 (RFC 9113 s6.5.2) and call `setMaxTableSize` at the ACK. */
  readonly maxTableSize: number;
  /** Most bytes of one list, counted as name + value + 32 per field (RFC 9113 s6.5.2). */
  readonly maxListBytes: number;
  /** Most fields of one list; every cookie crumb counts. Default 128. */
  readonly maxFields: number;
}

/** What became of one block. The object is reused by the next `decode`; what it refers to is not. */
export interface DecodeResult {
  /** The decoded list; undefined when there is an error or the list is too large. */
  readonly list: DecodedHeaderList | undefined;
  /** The fields of `list`; empty without one. */
  readonly fields: readonly string[];
  /** Set when the block is broken: answer with connection error COMPRESSION_ERROR (RFC 9113 s4.3) and decode no more. */
  readonly errorMessage: string | undefined;
  /** The list is over `maxListBytes` or `maxFields`. The block was read to its end to keep the table in step, but not stored. */
  readonly tooLarge: boolean;
  /** Size of the whole list, also of one that is too large, as RFC 9113 s6.5.2 counts it. */
  readonly listBytes: number;
}

export interface HpackDecoder {
  /** Decodes one complete block, from `start` to `end`. Never throws on account of the bytes. */
  decode(bytes: Uint8Array, start: number, end: number): DecodeResult;
  /** The peer has acknowledged a new SETTINGS_HEADER_TABLE_SIZE of ours. */
  setMaxTableSize(size: number): void;
}

export function createDecoder(options: DecoderOptions): HpackDecoder {
  throw new Error(`not built yet ${options.maxFields}`);
}
