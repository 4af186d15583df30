// GOAWAY both ways (RFC 9113 s6.8): the graceful end in two steps, and what the peer's GOAWAY does here.
import { ErrorCode, errorCodeName } from "../frame/error-code.js";
import { formatGoaway, goawayFixedBytes, parseGoawayDebug } from "../frame/goaway.js";
import { maxInt31, readUint31, readUint32 } from "../frame/head.js";
import { StreamState } from "../stream/state-table.js";
import { endIfDrained, failConnection } from "./ending.js";
import { fencePayload } from "./fence.js";
import { noteGlitch } from "./floods/glitches.js";
import { sendPing } from "./outbound/control.js";
import type { Session } from "./session.js";
import { discardStream, rememberReset } from "./stream-end.js";

/** A GOAWAY frame whose payload is `bytes[start .. end]`. */
export function receiveGoaway(
  session: Session,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (id !== 0) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, `GOAWAY on stream ${id}`);
    return;
  }
  if (end - start < goawayFixedBytes) {
    const message = `GOAWAY of ${end - start} bytes, it must have at least ${goawayFixedBytes}`;
    failConnection(session, ErrorCode.FRAME_SIZE_ERROR, message);
    return;
  }
  const lastId = readUint31(bytes, start);
  const fault = lastIdFault(session, lastId);
  if (fault !== undefined) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, fault);
    return;
  }
  if (session.goawayReceivedId !== Number.POSITIVE_INFINITY) noteGlitch(session);
  if (session.isClosed) return;
  const code = readUint32(bytes, start + 4);
  const debug = parseGoawayDebug(bytes, start, end);
  session.goawayReceivedId = lastId;
  session.goawayReceivedCode = code;
  session.goawayReceivedDebug = debug;
  session.isDraining = true;
  if (session.role === "client") abandonAbove(session, lastId, code);
  session.sink.goawayReceived(lastId, code, debug);
  endIfDrained(session);
}

function lastIdFault(session: Session, lastId: number): string | undefined {
  if (lastId > session.goawayReceivedId) {
    return `GOAWAY raises its last stream from ${session.goawayReceivedId} to ${lastId}`;
  }
  const isOurs = (lastId & 1) === 1 || lastId === 0;
  if (session.role === "server" || isOurs) return undefined;
  return `GOAWAY names stream ${lastId}, which is not a client's`;
}

/** Streams above the last id were never looked at: they may be tried again elsewhere. */
function abandonAbove(session: Session, lastId: number, code: number): void {
  for (const stream of [...session.streams.values()]) {
    if (stream.id <= lastId || !stream.isActive) continue;
    rememberReset(session, stream.id);
    discardStream(session, stream, StreamState.RESET_LOCAL);
    stream.sink?.streamReset({
      code,
      source: "connection",
      unprocessed: true,
      unsent: stream.id >= session.untakenId,
      message: `stream ${stream.id} is above the last one of GOAWAY ${errorCodeName(code)}, ${lastId}`,
    });
  }
}

/** Begins a graceful end. A server lets requests that are on their way still come in. */
export function startDrain(session: Session, nowMs: number, debug: string): void {
  if (session.isClosed || session.goawaySentId !== Number.POSITIVE_INFINITY) return;
  session.isDraining = true;
  if (session.role === "client") {
    session.goawaySentId = 0;
    session.output.append(formatGoaway(0, ErrorCode.NO_ERROR, debug));
    endIfDrained(session);
    return;
  }
  session.goawaySentId = maxInt31;
  session.output.append(formatGoaway(maxInt31, ErrorCode.NO_ERROR, debug));
  sendPing(session, fencePayload, 0, false);
  session.timers.fence = nowMs + session.limits.drainFenceMs;
  session.drainDebug = debug;
}

/** The fence came back, or took too long: now the last stream is known. */
export function passFence(session: Session): void {
  session.timers.fence = Number.POSITIVE_INFINITY;
  session.goawaySentId = session.lastProcessedId;
  session.output.append(
    formatGoaway(session.lastProcessedId, ErrorCode.NO_ERROR, session.drainDebug),
  );
  endIfDrained(session);
}
