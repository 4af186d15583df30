// PING both ways (RFC 9113 s6.7): answers at once, measures round trips, recognises the drain fence.
import { ErrorCode } from "../frame/error-code.js";
import { Flag, readUint32 } from "../frame/head.js";
import { pingBytes } from "../frame/ping.js";
import { failConnection } from "./ending.js";
import { fencePayload } from "./fence.js";
import { notePing } from "./floods/control.js";
import { noteGlitch } from "./floods/glitches.js";
import { checkFrameSize } from "./frame-size.js";
import { passFence } from "./goaway.js";
import { settleProbe } from "./lifetime/keepalive.js";
import { sendPing } from "./outbound/control.js";
import { ownMark } from "./outbound/probe.js";
import type { Session } from "./session.js";
import { noteAnswer } from "./stream-end.js";
import { growWindows } from "./window-growth.js";

/** Part of a new round trip in the smoothed one (RFC 6298 s2). */
const smoothing = 1 / 8;

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
  noteAnswer(session);
  notePing(session);
}

/** ACKs of PINGs that are not ours do nothing. */
function receivePong(session: Session, bytes: Uint8Array, start: number): void {
  const isOwn =
    session.pingSentMs >= 0 &&
    readUint32(bytes, start) === ownMark &&
    readUint32(bytes, start + 4) === session.pingSequence;
  if (isOwn) passRoundTrip(session);
  else if (isFence(session, bytes, start)) passFence(session);
  else noteGlitch(session);
}

function passRoundTrip(session: Session): void {
  const { stats } = session;
  const rttMs = session.nowMs - session.pingSentMs;
  const isFirst = stats.rttMs < 0;
  stats.rttMs = rttMs;
  stats.smoothedRttMs = isFirst
    ? rttMs
    : stats.smoothedRttMs + (rttMs - stats.smoothedRttMs) * smoothing;
  session.pingSentMs = -1;
  if (session.isProbing) settleProbe(session);
  session.gone.passFence();
  growWindows(session, rttMs);
  if (!session.pingWanted) return;
  session.pingWanted = false;
  session.sink.pingAcked(rttMs);
}

function isFence(session: Session, bytes: Uint8Array, start: number): boolean {
  if (session.timers.fence === Number.POSITIVE_INFINITY) return false;
  return fencePayload.every((octet, i) => bytes[start + i] === octet);
}
