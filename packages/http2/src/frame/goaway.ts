// GOAWAY frames (RFC 9113 s6.8).
import { FrameType, frameHeadBytes, writeFrameHead, writeUint32 } from "./head.js";

/** Octets of a GOAWAY payload before its debug data. */
export const goawayFixedBytes = 8;

/** A GOAWAY frame; its debug data is UTF-8 text. */
export function formatGoaway(lastStreamId: number, code: number, debug = ""): Uint8Array {
  const text = new TextEncoder().encode(debug);
  const length = goawayFixedBytes + text.length;
  const frame = new Uint8Array(frameHeadBytes + length);
  let at = writeFrameHead(frame, 0, length, FrameType.GOAWAY, 0, 0);
  at = writeUint32(frame, at, lastStreamId);
  frame.set(text, writeUint32(frame, at, code));
  return frame;
}

/** The debug data of a GOAWAY payload as text; at most 1024 octets of it are looked at. */
export function parseGoawayDebug(bytes: Uint8Array, start: number, end: number): string {
  const from = start + goawayFixedBytes;
  return new TextDecoder().decode(bytes.subarray(from, Math.min(end, from + 1024)));
}
