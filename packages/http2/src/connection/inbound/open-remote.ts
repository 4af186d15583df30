// A client's HEADERS open a stream on a server: refused, malformed, or handed to the sink.
import { ErrorCode } from "../../frame/error-code.js";
import type { DecodeResult } from "../../hpack/decoder.js";
import { headerFacts } from "../../stream/header-rules.js";
import { StreamState } from "../../stream/state-table.js";
import { Stream } from "../../stream/stream.js";
import { sendRst } from "../outbound/control.js";
import type { Session } from "../session.js";
import { rejectStream, streamEnded } from "../stream-end.js";

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
    return;
  }
  if (session.activeStreams >= session.maxStreams) {
    session.gone.rememberReset(id);
    sendRst(session, id, ErrorCode.REFUSED_STREAM);
    return;
  }
  const { list } = result;
  if (list === undefined) {
    rejectStream(session, id, ErrorCode.ENHANCE_YOUR_CALM);
    return;
  }
  const facts = headerFacts(list);
  if (facts.requestFault !== undefined || (endStream && facts.contentLength > 0)) {
    rejectStream(session, id, ErrorCode.PROTOCOL_ERROR);
    return;
  }
  const state = endStream ? StreamState.HALF_CLOSED_REMOTE : StreamState.OPEN;
  const stream = new Stream(id, state, session.peerInitialWindow, session.initialWindow);
  stream.headReceived = true;
  stream.promised = facts.contentLength;
  session.streams.add(stream);
  session.activeStreams++;
  session.lastProcessedId = id;
  const sink = session.sink.streamOpened(id, list, endStream);
  stream.sink = sink;
  if (session.isClosed && stream.isActive) tellLate(session, stream);
  else if (stream.state === StreamState.CLOSED && stream.isActive) streamEnded(session, stream);
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
