// The five bytes before each gRPC message: one flag byte and the length, big endian.

/** Length of the prefix of each message (PROTOCOL-HTTP2.md "Length-Prefixed-Message"). */
export const ENVELOPE_BYTES = 5;

/** Flag byte of a message that is sent as it is. */
export const FLAG_PLAIN = 0;

/** Flag byte of a message that is compressed with the call's `grpc-encoding`. */
export const FLAG_COMPRESSED = 1;

/**
 * Writes the prefix of a message at `offset`; five bytes must be free there.
 * @param length of the message that follows, 0 to 2^32 - 1 bytes.
 */
export function writeEnvelopeHead(
  target: Uint8Array,
  offset: number,
  flags: number,
  length: number,
): void {
  target[offset] = flags;
  target[offset + 1] = length >>> 24;
  target[offset + 2] = length >>> 16;
  target[offset + 3] = length >>> 8;
  target[offset + 4] = length;
}
