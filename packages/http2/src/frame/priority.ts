// PRIORITY frames and fields (RFC 9113 s5.3, s6.3): checked, never acted upon.
import { FrameType, frameHeadBytes, readUint31, writeFrameHead, writeUint32 } from "./head.js";

/** Octets of a PRIORITY payload, and of the priority fields in HEADERS. */
export const priorityBytes = 5;

/** The stream that a priority field depends on. */
export function readDependency(bytes: Uint8Array, start: number): number {
  return readUint31(bytes, start);
}

/** A PRIORITY frame; for tools and test peers, as the engine sends none. */
export function formatPriority(streamId: number, dependency: number, weight = 16): Uint8Array {
  const frame = new Uint8Array(frameHeadBytes + priorityBytes);
  const at = writeFrameHead(frame, 0, priorityBytes, FrameType.PRIORITY, 0, streamId);
  frame[writeUint32(frame, at, dependency)] = weight - 1;
  return frame;
}
