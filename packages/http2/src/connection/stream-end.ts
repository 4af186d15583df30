// How a stream leaves a connection, and what it gives back then.

import { connectionCredit } from "../flow/credit.js";
import { isLocalOpen, StreamState } from "../stream/state-table.js";
import type { Stream } from "../stream/stream.js";
import { endIfDrained } from "./ending.js";
import { breach } from "./floods/breach.js";
import { noteErrorReset } from "./floods/error-resets.js";
import { sendRst, sendWindowUpdate } from "./outbound/control.js";
import { startFreePing } from "./outbound/probe.js";
import { removeReady } from "./outbound/ready-ring.js";
import type { Session } from "./session.js";

/** Opens the connection window again when enough has come together. */
export function creditConnection(session: Session): void {
  const credit = connectionCredit(
    session.receiveWindow,
    session.connectionTarget,
    session.unread,
    session.limits.maxUnreadBytes,
  );
  if (session.unread > session.limits.maxUnreadBytes - session.connectionTarget) {
    session.stats.unreadPauses++;
  }
  if (credit === 0 || session.isClosed) return;
  session.receiveWindow += credit;
  session.windowGranted += credit;
  sendWindowUpdate(session, 0, credit);
  // DATA has come since the last PING, or there would be nothing to credit.
  if (session.windowsMayGrow) startFreePing(session);
}

/** Both sides have sent END_STREAM. The record stays while the sink still holds unread DATA. */
export function streamEnded(session: Session, stream: Stream): void {
  uncount(session, stream);
  if (stream.unread === 0) session.streams.remove(stream);
  slotFreed(session);
}

function uncount(session: Session, stream: Stream): void {
  if (!stream.isActive) return;
  stream.isActive = false;
  session.stats.streamsEnded++;
  session.liveHeaderBytes -= stream.headerBytes;
  session.activeStreams--;
  if (session.activeStreams === 0) session.idleSinceMs = session.nowMs;
}

/** Forgets a stream and all it held. `state` says whose reset it was. */
export function discardStream(session: Session, stream: Stream, state: StreamState): void {
  uncount(session, stream);
  stream.state = state;
  session.streams.remove(stream);
  removeReady(session, stream);
  stream.queue = undefined;
  session.stats.queuedBytes -= stream.queuedBytes;
  stream.queuedBytes = 0;
  stream.endQueued = false;
  stream.trailers = undefined;
  stream.wantsWritable = false;
  session.unread -= stream.unread;
  stream.unread = 0;
  session.stats.smallDataBytes -= stream.smallDataBytes;
  stream.smallDataBytes = 0;
  creditConnection(session);
}

/** This many resets are remembered before a PING is sent to be able to forget them. */
const resetsBeforeFence = 64;

/** RST_STREAM goes out: what the peer still sends on the stream is to be tolerated. */
export function rememberReset(session: Session, id: number): void {
  session.gone.rememberReset(id);
  if (session.gone.rememberedResets >= resetsBeforeFence) startFreePing(session);
}

/** The peer's fault on one stream: RST_STREAM, and the sink is told (RFC 9113 s5.4.2). */
export function failStream(session: Session, stream: Stream, code: number, message: string): void {
  discardStream(session, stream, StreamState.RESET_LOCAL);
  sendRst(session, stream.id, code);
  rememberReset(session, stream.id);
  const unprocessed = false;
  stream.sink?.streamReset({ code, source: "local", unprocessed, message });
  slotFreed(session);
  noteAnswer(session);
  noteErrorReset(session);
}

/** Resets a stream of the peer's that no sink has heard of. */
export function rejectStream(session: Session, id: number, code: number): void {
  sendRst(session, id, code);
  rememberReset(session, id);
  noteAnswer(session);
  noteErrorReset(session);
}

/** A frame of the peer's was answered. One that never reads the answers is cut off (CVE-2019-9512, 9514, 9515). */
export function noteAnswer(session: Session): void {
  const { maxControlFrames } = session.limits;
  session.output.controlFrames++;
  if (session.output.controlFrames <= maxControlFrames) return;
  breach(
    session,
    "maxControlFrames",
    `${session.output.controlFrames} answers wait to be read, the limit is ${maxControlFrames}`,
  );
}

/** A stream has gone: someone may be waiting for its slot, or for the last one to go. */
export function slotFreed(session: Session): void {
  if (session.isDraining) endIfDrained(session);
  else if (session.slotWanted && session.activeStreams < session.peerMaxStreams) {
    session.slotWanted = false;
    session.sink.streamsAvailable();
  }
}

/** The state of a stream that is not in the store. */
export function stateOfMissing(session: Session, id: number): number {
  const isLocal = (id & 1) === (session.role === "client" ? 1 : 0);
  if (isLocal) {
    if (session.role === "server" || id >= session.nextLocalId) return StreamState.FOREIGN;
    return session.gone.wasReset(id) ? StreamState.RESET_LOCAL : StreamState.CLOSED;
  }
  if (session.role === "client") return StreamState.FOREIGN;
  if (id > session.highestRemoteId) return StreamState.IDLE;
  if (session.gone.wasReset(id)) return StreamState.RESET_LOCAL;
  return session.gone.wasSkipped(id) ? StreamState.SKIPPED : StreamState.CLOSED;
}

/** Whether the caller may still send on the stream. */
export function canSend(stream: Stream): boolean {
  return isLocalOpen(stream.state) && !stream.endQueued && stream.trailers === undefined;
}
