// Padding of DATA and HEADERS frames (RFC 9113 s6.1, s6.2).
import { Flag } from "./head.js";

/**
 * The octets of padding at the end of a payload, without the length octet itself; -1 when the
 * padding would not leave room for itself and the `fixedBytes` that must follow the length octet.
 */
export function padBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: number,
  fixedBytes: number,
): number {
  if ((flags & Flag.PADDED) === 0) return end - start < fixedBytes ? -1 : 0;
  if (end - start < 1 + fixedBytes) return -1;
  const pad = bytes[start]!;
  return pad > end - start - 1 - fixedBytes ? -1 : pad;
}
