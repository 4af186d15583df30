// What an application may say about compression, on a channel, on a server and for one call.
import type { MessageEncoding } from "./message-encoding.js";

/** How the messages of one call are compressed. */
export interface CallCompression {
  /** Name of a known encoding: `gzip`, `deflate`, `br`, `zstd` (Node 22.15 and later), one of the application's own, or `identity`. */
  readonly encoding: string;
  /** Smaller messages are sent as they are, bytes. 0: all are compressed, even those that grow by it. Default: the channel's. */
  readonly minBytes?: number | undefined;
  /** Default: the channel's. */
  readonly level?: number | undefined;
}

/** How messages are compressed, and what is understood. */
export interface CompressionOptions {
  /**
   * What messages are sent with: `gzip`, `deflate`, `br`, `zstd` (Node 22.15 and later), the name of one of
   * `encodings`, or `identity`. Nothing is sent that the other end does not accept: then messages go
   * uncompressed. Default: a channel sends `identity`; a server answers each call in the encoding of
   * its requests.
   */
  readonly encoding?: string | undefined;
  /** Names of the encodings that are understood and offered to the other end, the preferred one first; `identity` always is. Default: all known. */
  readonly accept?: readonly string[] | undefined;
  /** Further encodings; one of the same name takes the place of a built-in one. Default: none. */
  readonly encodings?: readonly MessageEncoding[] | undefined;
  /**
   * Smaller messages are sent as they are, bytes, 0 or more. What does not become smaller is sent as it
   * is, too. 0: all are compressed, even those that grow by it. Default 1024.
   */
  readonly minBytes?: number | undefined;
  /**
   * The encoding's level: 0 to 9 for gzip and deflate (default 6), 0 to 11 for br (default 4), 1 to 22 for
   * zstd (default 3). Above an encoding's highest: that one.
   */
  readonly level?: number | undefined;
  /**
   * Larger messages are compressed and decompressed off the event loop, bytes, 0 or more; Infinity: none
   * are. What counts is the size of the message, not of what travels. Default 131072: to gzip so much JSON takes a
   * bit more than a millisecond, against which going to another thread and back no longer matters.
   */
  readonly offloadBytes?: number | undefined;
}

/** Defaults of `CompressionOptions`. */
export const compressionDefaults = { minBytes: 1024, offloadBytes: 131_072 } as const;
