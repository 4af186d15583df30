// DATA frames (RFC 9113 s6.1): where the payload lies, and how one is written.
import { Flag, FrameType, frameHeadBytes, writeFrameHead } from "./head.js";
import { padBytes } from "./padding.js";

/** The octets of padding in a DATA payload, or -1 when they exceed it (PROTOCOL_ERROR). */
export function dataPadBytes(bytes: Uint8Array, start: number, end: number, flags: number): number {
  return padBytes(bytes, start, end, flags, 0);
}

/** Writes the head of an unpadded DATA frame. */
export function writeDataHead(
  target: Uint8Array,
  offset: number,
  streamId: number,
  length: number,
  endStream: boolean,
): number {
  const flags = endStream ? Flag.END_STREAM : 0;
  return writeFrameHead(target, offset, length, FrameType.DATA, flags, streamId);
}

/** A DATA frame as bytes of its own, padded with `pad` zeros when `pad` is given; for tools and test peers. */
export function formatData(
  streamId: number,
  payload: Uint8Array,
  endStream = false,
  pad?: number,
): Uint8Array {
  const padded = pad !== undefined;
  const length = payload.length + (padded ? 1 + pad : 0);
  const frame = new Uint8Array(frameHeadBytes + length);
  const flags = (endStream ? Flag.END_STREAM : 0) | (padded ? Flag.PADDED : 0);
  let at = writeFrameHead(frame, 0, length, FrameType.DATA, flags, streamId);
  if (padded) frame[at++] = pad;
  frame.set(payload, at);
  return frame;
}
