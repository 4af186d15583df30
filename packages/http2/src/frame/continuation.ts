// CONTINUATION frames (RFC 9113 s6.10): the rest of a field block that did not fit its HEADERS.
import { Flag, FrameType, frameHeadBytes, writeFrameHead } from "./head.js";

/** Writes the head of a CONTINUATION frame. */
export function writeContinuationHead(
  target: Uint8Array,
  offset: number,
  streamId: number,
  length: number,
  endHeaders: boolean,
): number {
  const flags = endHeaders ? Flag.END_HEADERS : 0;
  return writeFrameHead(target, offset, length, FrameType.CONTINUATION, flags, streamId);
}

/** A CONTINUATION frame around an encoded fragment; for tools and test peers. */
export function formatContinuation(
  streamId: number,
  fragment: Uint8Array,
  endHeaders = true,
): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + fragment.length);
  frame.set(fragment, writeContinuationHead(frame, 0, streamId, fragment.length, endHeaders));
  return frame;
}
