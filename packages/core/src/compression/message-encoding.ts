// The port behind which compression lies: what one encoding of messages must be able to do.
import { describeValue } from "../status/option-checks.js";

/**
 * One way to compress messages. The built-in ones are gzip, deflate, br and zstd; an application may add
 * its own (option `compression.encodings` of channels and servers). Each message is compressed for
 * itself (compression.md of gRPC), so none of the methods keeps anything.
 */
export interface MessageEncoding {
  /** As it stands in `grpc-encoding`: lower-case letters, digits, `-`, `_` and `.`; not `identity`. */
  readonly name: string;
  /** Lowest and highest level; undefined: there are no levels. */
  readonly levels?: readonly [lowest: number, highest: number] | undefined;
  /**
   * Compresses a message.
   * @param bytes the message; valid during the call only.
   * @param level undefined: the encoding's own default.
   */
  compress(bytes: Uint8Array, level: number | undefined): Uint8Array;
  /**
   * Decompresses a message that came from the network, and may be anything.
   * @param bytes valid during the call only.
   * @param maxBytes the result must not be larger; work and memory should stop there.
   * @returns undefined when the result would be larger; for a guess at that `decompressLater` is asked.
   * @throws Error whose message says what is wrong with the bytes.
   */
  decompress(bytes: Uint8Array, maxBytes: number): Uint8Array | undefined;
  /** As `compress`, off the event loop; used above `offloadBytes`. The bytes do not change meanwhile. */
  compressLater?(bytes: Uint8Array, level: number | undefined): Promise<Uint8Array>;
  /** As `decompress`, off the event loop; used above `offloadBytes`. The bytes do not change meanwhile. */
  decompressLater?(bytes: Uint8Array, maxBytes: number): Promise<Uint8Array | undefined>;
}

/** @throws Error when `decompress` has come back with something that is no bytes. */
export function checkInflated(result: Uint8Array | undefined): Uint8Array | undefined {
  return result === undefined ? undefined : checkDeflated(result);
}

/** @throws Error when an encoding has come back with something that is no bytes. */
export function checkDeflated(result: Uint8Array): Uint8Array {
  if (result instanceof Uint8Array) return result;
  throw new Error(`the encoding gave ${describeValue(result)} where a Uint8Array is expected`);
}

/** The encoding that changes nothing. */
export const identity = "identity";
