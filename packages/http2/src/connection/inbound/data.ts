// DATA from the peer: flow control, content-length, and the bytes handed to the sink.
import { creditThreshold } from "../../flow/credit.js";
import { dataPadBytes } from "../../frame/data.js";
import { ErrorCode, errorCodeName } from "../../frame/error-code.js";
import { Flag } from "../../frame/head.js";
import {
  actionFor,
  connectionError,
  isRemoteOpen,
  StreamInput,
  StreamState,
} from "../../stream/state-table.js";
import type { Stream } from "../../stream/stream.js";
import { UsageError } from "../../usage-error.js";
import { failConnection } from "../ending.js";
import {
  chargeSmallData,
  checkSmallData,
  noteEmptyData,
  repaySmallData,
  smallDataBytes,
} from "../floods/data.js";
import { noteLateFrame } from "../floods/late-frames.js";
import { sendWindowUpdate } from "../outbound/control.js";
import type { Session } from "../session.js";
import { creditConnection, failStream, stateOfMissing, streamEnded } from "../stream-end.js";

/** What a small frame takes of `maxStreamsPerTurn`: by default others get their turn after a thousand. */
const smallDataTurn = 1 / 32;
const noBytes = new Uint8Array(0);

/** A DATA frame whose payload is `bytes[start .. end]`. */
export function receiveData(
  session: Session,
  flags: number,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const pad = dataPadBytes(bytes, start, end, flags);
  if (id === 0 || pad < 0) {
    const message = id === 0 ? "DATA on stream 0" : `padding longer than DATA on stream ${id}`;
    failConnection(session, ErrorCode.PROTOCOL_ERROR, message);
    return;
  }
  const stream = session.streams.get(id);
  const state = stream === undefined ? stateOfMissing(session, id) : stream.state;
  const endStream = (flags & Flag.END_STREAM) !== 0;
  const action = actionFor(state, endStream ? StreamInput.DATA_END : StreamInput.DATA);
  if (action >= connectionError) {
    const code = action - connectionError;
    failConnection(session, code, `DATA on stream ${id}: ${errorCodeName(code)} in its state`);
    return;
  }
  session.receiveWindow -= end - start;
  if (session.receiveWindow < 0) {
    const message = `DATA on stream ${id} exceeds the connection window by ${-session.receiveWindow}`;
    failConnection(session, ErrorCode.FLOW_CONTROL_ERROR, message);
    return;
  }
  if (stream === undefined) {
    creditConnection(session);
    noteLateFrame(session);
    return;
  }
  const from = flags & Flag.PADDED ? start + 1 : start;
  acceptData(session, stream, action, bytes, from, end - pad, end - start);
}

/**
 * Whether the payload of a DATA frame of `length` bytes may be handed on piece by piece, each piece as
 * if it were a frame: whatever could be wrong with the frame must be known by its head.
 */
export function mayComeInPieces(
  session: Session,
  flags: number,
  id: number,
  length: number,
): boolean {
  if ((flags & Flag.PADDED) !== 0 || session.block !== undefined) return false;
  const stream = session.streams.get(id);
  if (stream === undefined || !isRemoteOpen(stream.state) || !stream.headReceived) return false;
  if (length > session.receiveWindow || length > stream.receiveWindow) return false;
  const { promised } = stream;
  return promised < 0 || (flags & Flag.END_STREAM ? length === promised : length <= promised);
}

function acceptData(
  session: Session,
  stream: Stream,
  nextState: number,
  bytes: Uint8Array,
  from: number,
  to: number,
  charged: number,
): void {
  const size = to - from;
  const endStream = !isRemoteOpen(nextState);
  stream.receiveWindow -= charged;
  const fault = dataFault(stream, size, endStream);
  if (fault !== undefined) {
    const overrun = stream.receiveWindow < 0;
    const code = overrun ? ErrorCode.FLOW_CONTROL_ERROR : ErrorCode.PROTOCOL_ERROR;
    failStream(session, stream, code, fault);
    return;
  }
  stream.unread += size;
  session.unread += size;
  stream.unclaimed += charged - size;
  stream.state = nextState;
  creditConnection(session);
  if (size === 0 && !endStream) {
    creditStream(session, stream);
    noteEmptyData(session);
    return;
  }
  const view = size === 0 ? noBytes : new Uint8Array(bytes.buffer, bytes.byteOffset + from, size);
  const isSmall = size < smallDataBytes && !endStream;
  if (isSmall) {
    chargeSmallData(session, stream, size);
    session.streamsThisTurn += smallDataTurn;
  }
  stream.sink?.dataReceived(view, endStream);
  if (isSmall) checkSmallData(session);
  if (stream.state === StreamState.CLOSED && stream.isActive) streamEnded(session, stream);
}

function dataFault(stream: Stream, size: number, endStream: boolean): string | undefined {
  if (stream.receiveWindow < 0) return `DATA exceeds the stream window by ${-stream.receiveWindow}`;
  if (!stream.headReceived) return "DATA before the response head";
  if (stream.promised < 0) return undefined;
  stream.promised -= size;
  if (stream.promised < 0) return "DATA is longer than content-length says";
  return endStream && stream.promised > 0
    ? `DATA ends ${stream.promised} bytes before content-length says`
    : undefined;
}

/** The application has read `byteCount` bytes. */
export function consumeData(session: Session, stream: Stream, byteCount: number): void {
  if (!(byteCount >= 0 && byteCount <= stream.unread)) {
    throw new UsageError(
      `consuming ${byteCount} bytes on stream ${stream.id}: ${stream.unread} are unread`,
    );
  }
  stream.unread -= byteCount;
  session.unread -= byteCount;
  stream.unclaimed += byteCount;
  if (stream.smallDataBytes > 0) repaySmallData(session, stream, byteCount, stream.unread);
  creditStream(session, stream);
  creditConnection(session);
  const isDone = stream.state === StreamState.CLOSED && !stream.isActive;
  if (isDone && stream.unread === 0) session.streams.remove(stream);
}

/** Opens the stream's window again; a peer that has ended its side needs none. */
function creditStream(session: Session, stream: Stream): void {
  if (stream.unclaimed < creditThreshold(session.windowTarget)) return;
  if (!isRemoteOpen(stream.state)) return;
  stream.receiveWindow += stream.unclaimed;
  sendWindowUpdate(session, stream.id, stream.unclaimed);
  stream.unclaimed = 0;
}
