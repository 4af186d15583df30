// PING both ways (RFC 9113 s6.7): answers at once, measures round trips, recognises the drain fence.
import { ErrorCode } from "../frame/error-code.js";
import { Flag, readUint32, writeUint32 } from "../frame/head.js";
import { pingBytes } from "../frame/ping.js";
import { failConnection } from "./ending.js";
import { fencePayload } from "./fence.js";
import { checkFrameSize } from "./frame-size.js";
import { passFence } from "./goaway.js";
import { sendPing } from "./outbound/control.js";
import type { Session } from "./session.js";
import { checkControlFrames } from "./stream-end.js";

/** The first four octets of our own PINGs; the other four count them. */
const ownMark = 0x54524e4b;
const scratch = new Uint8Array(pingBytes);

/** A PING frame whose payload is `bytes[start .. end]`. */
export function receivePing(
  session: Session,
  flags: number,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (id !== 0) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, `PING on stream ${id}`);
    return;
  }
  if (!checkFrameSize(session, "PING", end - start, pingBytes)) return;
  if (flags & Flag.ACK) {
    receivePong(session, bytes, start);
    return;
  }
  sendPing(session, bytes, start, true);
  session.output.controlFrames++;
  checkControlFrames(session);
}

/** ACKs of PINGs that are not ours are ignored. */
function receivePong(session: Session, bytes: Uint8Array, start: number): void {
  if (isFence(bytes, start)) {
    passFence(session);
    return;
  }
  if (session.pingSentMs < 0 || readUint32(bytes, start) !== ownMark) return;
  if (readUint32(bytes, start + 4) !== session.pingSequence) return;
  const rttMs = session.nowMs - session.pingSentMs;
  session.pingSentMs = -1;
  session.sink.pingAcked(rttMs);
}

function isFence(bytes: Uint8Array, start: number): boolean {
  return fencePayload.every((octet, i) => bytes[start + i] === octet);
}

/** Sends a PING, unless one of ours is still on its way. */
export function startPing(session: Session, nowMs: number): void {
  if (session.pingSentMs >= 0 || session.isClosed) return;
  session.pingSentMs = nowMs;
  session.pingSequence = (session.pingSequence + 1) >>> 0;
  writeUint32(scratch, writeUint32(scratch, 0, ownMark), session.pingSequence);
  sendPing(session, scratch, 0, false);
}
