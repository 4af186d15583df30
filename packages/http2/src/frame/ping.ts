// PING frames (RFC 9113 s6.7).
import { Flag, FrameType, frameHeadBytes, writeFrameHead } from "./head.js";

/** Octets of a PING payload. */
export const pingBytes = 8;

/** Writes a whole PING frame whose payload is copied from `payload` at `payloadOffset`. */
export function writePing(
  target: Uint8Array,
  offset: number,
  payload: Uint8Array,
  payloadOffset: number,
  ack: boolean,
): number {
  const flags = ack ? Flag.ACK : 0;
  const at = writeFrameHead(target, offset, pingBytes, FrameType.PING, flags, 0);
  for (let i = 0; i < pingBytes; i++) target[at + i] = payload[payloadOffset + i]!;
  return at + pingBytes;
}

/** A PING frame as bytes of its own; for tools and test peers. */
export function formatPing(payload: Uint8Array, ack = false): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + pingBytes);
  writePing(frame, 0, payload, 0, ack);
  return frame;
}
