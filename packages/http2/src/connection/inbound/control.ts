// RST_STREAM, WINDOW_UPDATE, PRIORITY and PUSH_PROMISE from the peer.
import { ErrorCode, errorCodeName } from "../../frame/error-code.js";
import { maxInt31, readUint31, readUint32 } from "../../frame/head.js";
import { priorityBytes, readDependency } from "../../frame/priority.js";
import { rstStreamBytes } from "../../frame/rst-stream.js";
import { windowUpdateBytes } from "../../frame/window-update.js";
import { actionFor, connectionError, StreamInput, StreamState } from "../../stream/state-table.js";
import { failConnection } from "../ending.js";
import { noteWindowUpdate } from "../floods/control.js";
import { noteGlitch } from "../floods/glitches.js";
import { noteLateFrame } from "../floods/late-frames.js";
import { notePeerReset } from "../floods/rapid-reset.js";
import { checkFrameSize } from "../frame-size.js";
import { sendRst } from "../outbound/control.js";
import { addReady } from "../outbound/ready-ring.js";
import type { Session } from "../session.js";
import { discardStream, slotFreed, stateOfMissing } from "../stream-end.js";

function isRefused(session: Session, name: string, id: number, input: StreamInput): boolean {
  const stream = session.streams.get(id);
  const state = stream === undefined ? stateOfMissing(session, id) : stream.state;
  const action = actionFor(state, input);
  if (action < connectionError) return false;
  const code = action - connectionError;
  failConnection(session, code, `${name} on stream ${id}: ${errorCodeName(code)} in its state`);
  return true;
}

export function receiveRstStream(
  session: Session,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (id === 0) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, "RST_STREAM on stream 0");
    return;
  }
  if (!checkFrameSize(session, "RST_STREAM", end - start, rstStreamBytes)) return;
  if (isRefused(session, "RST_STREAM", id, StreamInput.RST_STREAM)) return;
  const stream = session.streams.get(id);
  if (stream === undefined || stream.state === StreamState.CLOSED) {
    if (stateOfMissing(session, id) === StreamState.RESET_LOCAL) {
      session.gone.forgetReset(id);
      noteLateFrame(session);
    } else noteGlitch(session);
    return;
  }
  const code = readUint32(bytes, start);
  // Taking a call back may be as much work as beginning it.
  session.streamsThisTurn++;
  discardStream(session, stream, StreamState.RESET_REMOTE);
  stream.sink?.streamReset({
    code,
    source: "peer",
    unprocessed: code === ErrorCode.REFUSED_STREAM,
    message: `the peer reset the stream with ${errorCodeName(code)}`,
  });
  notePeerReset(session, stream);
  slotFreed(session);
}

export function receiveWindowUpdate(
  session: Session,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (!checkFrameSize(session, "WINDOW_UPDATE", end - start, windowUpdateBytes)) return;
  if (id !== 0 && isRefused(session, "WINDOW_UPDATE", id, StreamInput.WINDOW_UPDATE)) return;
  noteWindowUpdate(session);
  if (session.isClosed) return;
  const increment = readUint31(bytes, start);
  if (increment === 0) {
    const message = `WINDOW_UPDATE of 0 on stream ${id}`;
    failConnection(session, ErrorCode.PROTOCOL_ERROR, message);
    return;
  }
  const stream = id === 0 ? undefined : session.streams.get(id);
  if (id !== 0 && stream === undefined) return;
  const window = (stream === undefined ? session.sendWindow : stream.sendWindow) + increment;
  if (window > maxInt31) {
    // RFC 9113 s6.9.1 asks for a stream error; the connection error behind it leaves nothing to
    // provoke resets with (CVE-2025-8671).
    if (id !== 0) sendRst(session, id, ErrorCode.FLOW_CONTROL_ERROR);
    const message = `WINDOW_UPDATE brings the window of stream ${id} to ${window}, the limit is ${maxInt31}`;
    failConnection(session, ErrorCode.FLOW_CONTROL_ERROR, message);
    return;
  }
  if (stream === undefined) session.sendWindow = window;
  else {
    stream.sendWindow = window;
    if (window > 0 && stream.queuedBytes > 0) addReady(session, stream);
  }
}

/** Checked and forgotten: no state is kept for priorities (RFC 9113 s5.3.2). */
export function receivePriority(
  session: Session,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  if (id === 0) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, "PRIORITY on stream 0");
    return;
  }
  if (!checkFrameSize(session, "PRIORITY", end - start, priorityBytes)) return;
  if (readDependency(bytes, start) === id) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, `stream ${id} depends on itself`);
  } else noteGlitch(session);
}

/** Clients must not push, and our client has forbidden it (RFC 9113 s6.6, s8.4). */
export function receivePushPromise(session: Session, id: number): void {
  failConnection(session, ErrorCode.PROTOCOL_ERROR, `PUSH_PROMISE on stream ${id}`);
}
