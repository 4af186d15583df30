// A client's HEADERS open a stream on a server: refused, malformed, or handed to the sink.
import { ErrorCode } from "../../frame/error-code.js";
import type { DecodeResult } from "../../hpack/decoder.js";
import { headerFacts } from "../../stream/header-rules.js";
import { StreamState } from "../../stream/state-table.js";
import { Stream } from "../../stream/stream.js";
import { noteErrorReset } from "../floods/error-resets.js";
import { noteGlitch } from "../floods/glitches.js";
import { isStalled } from "../floods/stalled-data.js";
import { resumeKeepalive } from "../lifetime/keepalive.js";
import { sendRst } from "../outbound/control.js";
import type { Session } from "../session.js";
import { noteAnswer, rejectStream, rememberReset } from "../stream-end.js";

/** Opens stream `id`, which is idle, with a decoded block. */
export function openRemoteStream(
  session: Session,
  id: number,
  result: DecodeResult,
  endStream: boolean,
): void {
  noteId(session, id);
  if (id > session.goawaySentId) {
    // We have said that we will not look at it (RFC 9113 s6.8); no answer is owed.
    session.gone.rememberReset(id);
    noteGlitch(session);
    return;
  }
  if (isFull(session, result.listBytes)) {
    refuseStream(session, id);
    return;
  }
  const { list } = result;
  if (list === undefined) {
    answerOversized(session, id, result.listBytes, endStream);
    return;
  }
  const facts = headerFacts(list);
  if (facts.requestFault !== undefined || (endStream && facts.contentLength > 0)) {
    rejectStream(session, id, ErrorCode.PROTOCOL_ERROR);
    return;
  }
  const stream = addStream(session, id, endStream);
  stream.headerBytes = result.listBytes;
  session.liveHeaderBytes += result.listBytes;
  stream.promised = facts.contentLength;
  stream.sink = session.sink.streamOpened(id, list, endStream);
  if (session.isClosed && stream.isActive) tellLate(session, stream);
}

function addStream(session: Session, id: number, endStream: boolean): Stream {
  const state = endStream ? StreamState.HALF_CLOSED_REMOTE : StreamState.OPEN;
  const { peerInitialWindow, initialWindow, nowMs, pausedMs } = session;
  const stream = new Stream(id, state, peerInitialWindow, initialWindow, nowMs - pausedMs);
  stream.headReceived = true;
  session.stats.streamsOpened++;
  session.streams.add(stream);
  session.activeStreams++;
  if (session.keepaliveRests) resumeKeepalive(session);
  session.lastProcessedId = id;
  return stream;
}

/** The sink may explain; what that costs counts like the reset that the client gets otherwise. */
function answerOversized(
  session: Session,
  id: number,
  listBytes: number,
  endStream: boolean,
): void {
  if (session.sink.oversizedHead === undefined) {
    rejectStream(session, id, ErrorCode.ENHANCE_YOUR_CALM);
    return;
  }
  noteErrorReset(session);
  noteAnswer(session);
  if (session.isClosed) return;
  const stream = addStream(session, id, endStream);
  stream.sink = session.sink.oversizedHead(id, listBytes, endStream);
  if (session.isClosed && stream.isActive) tellLate(session, stream);
}

/** The client has no part in handlers that live on, or in heads that are large: only in what it was told of. */
function isFull(session: Session, headerBytes: number): boolean {
  const { activeStreams, maxStreams, limits, sink } = session;
  if (activeStreams >= maxStreams) {
    if (session.unacknowledged.length === 0) noteErrorReset(session);
    return true;
  }
  if (sink.liveHandlers !== undefined && sink.liveHandlers >= maxStreams) return true;
  return session.liveHeaderBytes + headerBytes > limits.maxLiveHeaderBytes || isStalled(session);
}

function refuseStream(session: Session, id: number): void {
  if (session.isClosed) return;
  session.stats.streamsRefused++;
  sendRst(session, id, ErrorCode.REFUSED_STREAM);
  rememberReset(session, id);
  noteAnswer(session);
}

/** Ids between the last one and this one can never be used any more (RFC 9113 s5.1.1). */
function noteId(session: Session, id: number): void {
  const expected = session.highestRemoteId === 0 ? 1 : session.highestRemoteId + 2;
  if (id > expected) session.gone.rememberSkip(expected, id - 2);
  session.highestRemoteId = id;
}

/** The connection ended while the sink was still opening the stream. */
function tellLate(session: Session, stream: Stream): void {
  stream.isActive = false;
  stream.sink?.streamReset({
    code: session.goawayReceivedCode,
    source: "connection",
    unprocessed: false,
    message: "the connection ended while the stream was being opened",
  });
}
