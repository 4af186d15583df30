// RST_STREAM frames (RFC 9113 s6.4).
import { FrameType, frameHeadBytes, writeFrameHead, writeUint32 } from "./head.js";

/** Octets of an RST_STREAM payload. */
export const rstStreamBytes = 4;

/** Writes a whole RST_STREAM frame and returns the offset behind it. */
export function writeRstStream(
  target: Uint8Array,
  offset: number,
  streamId: number,
  code: number,
): number {
  const at = writeFrameHead(target, offset, rstStreamBytes, FrameType.RST_STREAM, 0, streamId);
  return writeUint32(target, at, code);
}

/** An RST_STREAM frame as bytes of its own; for tools and test peers. */
export function formatRstStream(streamId: number, code: number): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + rstStreamBytes);
  writeRstStream(frame, 0, streamId, code);
  return frame;
}
