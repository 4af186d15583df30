// WINDOW_UPDATE frames (RFC 9113 s6.9).
import { FrameType, frameHeadBytes, writeFrameHead, writeUint32 } from "./head.js";

/** Octets of a WINDOW_UPDATE payload. */
export const windowUpdateBytes = 4;

/** Writes a whole WINDOW_UPDATE frame and returns the offset behind it. */
export function writeWindowUpdate(
  target: Uint8Array,
  offset: number,
  streamId: number,
  increment: number,
): number {
  const type = FrameType.WINDOW_UPDATE;
  const at = writeFrameHead(target, offset, windowUpdateBytes, type, 0, streamId);
  return writeUint32(target, at, increment);
}

/** A WINDOW_UPDATE frame as bytes of its own; for tools and test peers. */
export function formatWindowUpdate(streamId: number, increment: number): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + windowUpdateBytes);
  writeWindowUpdate(frame, 0, streamId, increment);
  return frame;
}
