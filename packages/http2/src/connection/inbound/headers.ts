// HEADERS and CONTINUATION from the peer: assembly, decoding, and what the list means for its stream.
import { ErrorCode, errorCodeName } from "../../frame/error-code.js";
import { Flag, minMaxFrameSize } from "../../frame/head.js";
import { headersDependency, headersPadBytes, headersPrefixBytes } from "../../frame/headers.js";
import type { DecodeResult } from "../../hpack/decoder.js";
import { actionFor, connectionError, StreamInput, StreamState } from "../../stream/state-table.js";
import type { Stream } from "../../stream/stream.js";
import { failConnection } from "../ending.js";
import { breach } from "../floods/breach.js";
import { noteLateFrame } from "../floods/late-frames.js";
import { PartialBlock, type Session } from "../session.js";
import { failStream, stateOfMissing } from "../stream-end.js";
import { openRemoteStream } from "./open-remote.js";
import { receiveResponseHead } from "./response.js";
import { receiveTrailers } from "./trailers.js";

/** A HEADERS frame whose payload is `bytes[start .. end]`. */
export function receiveHeaders(
  session: Session,
  flags: number,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const pad = headersPadBytes(bytes, start, end, flags);
  if (id === 0 || pad < 0 || headersDependency(bytes, start, flags) === id) {
    failConnection(session, ErrorCode.PROTOCOL_ERROR, headersFault(id, pad));
    return;
  }
  const stream = session.streams.get(id);
  const state = stream === undefined ? stateOfMissing(session, id) : stream.state;
  const endStream = (flags & Flag.END_STREAM) !== 0;
  const from = start + headersPrefixBytes(flags);
  if (isRefused(session, id, state, endStream)) return;
  if (flags & Flag.END_HEADERS) {
    finishBlock(session, id, stream, endStream, bytes, from, end - pad);
    return;
  }
  session.block = new PartialBlock(id, endStream, end - pad - from);
  addFragment(session, session.block, bytes, from, end - pad);
}

function headersFault(id: number, pad: number): string {
  if (id === 0) return "HEADERS on stream 0";
  if (pad < 0) return `HEADERS on stream ${id} is shorter than its padding and priority`;
  return `stream ${id} depends on itself`;
}

/** A CONTINUATION frame; the dispatcher has checked that a block of this stream is open, if any is. */
export function receiveContinuation(
  session: Session,
  flags: number,
  id: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  const { block } = session;
  if (block === undefined) {
    const message = `CONTINUATION on stream ${id} without an open header block`;
    failConnection(session, ErrorCode.PROTOCOL_ERROR, message);
    return;
  }
  const isEnd = (flags & Flag.END_HEADERS) !== 0;
  block.continuations += end === start && !isEnd ? 2 : 1;
  const limit = continuationLimit(session);
  if (block.continuations > limit) {
    breach(session, "maxContinuations", `a header block of more than ${limit} CONTINUATION frames`);
    return;
  }
  addFragment(session, block, bytes, start, end);
  if (!isEnd || session.isClosed) return;
  session.block = undefined;
  const stream = session.streams.get(id);
  // Whether the stream takes a block was found out at its beginning; since then only we can have reset it.
  finishBlock(session, id, stream, block.endStream, block.bytes, 0, block.length);
}

function addFragment(
  session: Session,
  block: PartialBlock,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  const length = block.length + to - from;
  const limit = session.limits.maxHeaderBlockBytes;
  if (length > limit) {
    breach(session, "maxHeaderBlockBytes", `a header block of more than ${limit} bytes`);
    return;
  }
  if (length > block.bytes.length) {
    const grown = new Uint8Array(Math.min(limit, Math.max(length, block.bytes.length * 2)));
    grown.set(block.bytes.subarray(0, block.length));
    block.bytes = grown;
  }
  block.bytes.set(bytes.subarray(from, to), block.length);
  block.length = length;
}

function inputOf(endStream: boolean): StreamInput {
  return endStream ? StreamInput.HEADERS_END : StreamInput.HEADERS;
}

function isRefused(session: Session, id: number, state: number, endStream: boolean): boolean {
  const action = actionFor(state, inputOf(endStream));
  if (action < connectionError) return false;
  const code = action - connectionError;
  failConnection(session, code, `HEADERS on stream ${id}: ${errorCodeName(code)} in its state`);
  return true;
}

/** Every block is decoded, also one that is then ignored: the peer's table must stay ours (RFC 9113 s4.3). */
function finishBlock(
  session: Session,
  id: number,
  stream: Stream | undefined,
  endStream: boolean,
  bytes: Uint8Array,
  from: number,
  to: number,
): void {
  session.blocksReceived++;
  const result = session.decoder.decode(bytes, from, to);
  if (result.errorMessage !== undefined) {
    failConnection(session, ErrorCode.COMPRESSION_ERROR, result.errorMessage);
    return;
  }
  if (result.tooLarge && isBomb(session, result)) return;
  if (stream !== undefined) continueStream(session, stream, result, endStream);
  else if (stateOfMissing(session, id) === StreamState.IDLE) {
    session.streamsThisTurn += shareOfTurn(result.listBytes);
    openRemoteStream(session, id, result, endStream);
  } else noteLateFrame(session);
  result.drop();
}

/** What a new stream takes of `maxStreamsPerTurn`: a long list of headers is the work of several short ones. */
function shareOfTurn(listBytes: number): number {
  return listBytes > shortListBytes ? listBytes / shortListBytes : 1;
}

const shortListBytes = 4096;

/** Requests whose list is this many times too large are no accident. */
const bombFactor = 4;

function isBomb(session: Session, result: DecodeResult): boolean {
  session.stats.oversizedHeaderLists++;
  const limit = session.limits.maxHeaderListBytes;
  if (session.role === "client" || result.listBytes <= limit * bombFactor) return false;
  const message = `a header list of ${result.listBytes} bytes, the limit is ${limit}`;
  breach(session, "maxHeaderListBytes", message);
  return true;
}

/** What the largest block needs, and a quarter more for peers that do not fill their frames. */
function continuationLimit(session: Session): number {
  const { maxContinuations, maxHeaderBlockBytes } = session.limits;
  return Math.max(maxContinuations, Math.ceil((1.25 * maxHeaderBlockBytes) / minMaxFrameSize));
}

function continueStream(
  session: Session,
  stream: Stream,
  result: DecodeResult,
  endStream: boolean,
): void {
  if (result.tooLarge || result.list === undefined) {
    const { maxHeaderListBytes, maxHeaderFields } = session.limits;
    const limit =
      result.listBytes > maxHeaderListBytes
        ? `${result.listBytes} bytes, maxHeaderListBytes is ${maxHeaderListBytes}`
        : `more than ${maxHeaderFields} fields (maxHeaderFields)`;
    const message = `received a header list of ${limit}`;
    failStream(session, stream, ErrorCode.ENHANCE_YOUR_CALM, message);
  } else if (stream.headReceived) {
    receiveTrailers(session, stream, result.list, endStream);
  } else receiveResponseHead(session, stream, result.list, endStream);
}
