// HEADERS frames (RFC 9113 s6.2): where the field block fragment lies, and how one is written.
import { Flag, FrameType, frameHeadBytes, writeFrameHead } from "./head.js";
import { padBytes } from "./padding.js";
import { priorityBytes, readDependency } from "./priority.js";

/** The octets of padding in a HEADERS payload, or -1 when they exceed it (PROTOCOL_ERROR). */
export function headersPadBytes(
  bytes: Uint8Array,
  start: number,
  end: number,
  flags: number,
): number {
  return padBytes(bytes, start, end, flags, flags & Flag.PRIORITY ? priorityBytes : 0);
}

/** Octets before the field block fragment: the pad length and the priority fields. */
export function headersPrefixBytes(flags: number): number {
  return (flags & Flag.PADDED ? 1 : 0) + (flags & Flag.PRIORITY ? priorityBytes : 0);
}

/** The stream that this one depends on; 0 when the frame carries no priority. */
export function headersDependency(bytes: Uint8Array, start: number, flags: number): number {
  if ((flags & Flag.PRIORITY) === 0) return 0;
  return readDependency(bytes, flags & Flag.PADDED ? start + 1 : start);
}

/** Writes the head of an unpadded HEADERS frame. */
export function writeHeadersHead(
  target: Uint8Array,
  offset: number,
  streamId: number,
  length: number,
  flags: number,
): number {
  return writeFrameHead(target, offset, length, FrameType.HEADERS, flags, streamId);
}

/** A HEADERS frame around an encoded fragment, with any flags; for tools and test peers. */
export function formatHeaders(
  streamId: number,
  fragment: Uint8Array,
  flags: number = Flag.END_HEADERS,
): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + fragment.length);
  frame.set(fragment, writeHeadersHead(frame, 0, streamId, fragment.length, flags));
  return frame;
}
