// Recognises the usual case of a DATA frame that holds one whole message, so that nothing need be cut up.
import { ENVELOPE_BYTES } from "@trunkline/core";

/** Whether the bytes are exactly one uncompressed message within the limit. */
export function isOneMessage(bytes: Uint8Array, maxBytes: number): boolean {
  if (bytes.length < ENVELOPE_BYTES || bytes[0] !== 0) {
    return false;
  }
  const length = ((bytes[1]! << 24) | (bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) >>> 0;
  return length === bytes.length - ENVELOPE_BYTES && length <= maxBytes;
}
