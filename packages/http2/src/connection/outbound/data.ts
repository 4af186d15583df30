// Sends DATA: at once when windows and output allow, else from a bounded queue per stream, in turns.
import { returnRoom, smallestRoomBytes } from "../../flow/message-rooms.js";
import { writeDataHead } from "../../frame/data.js";
import { frameHeadBytes } from "../../frame/head.js";
import type { Stream } from "../../stream/stream.js";
import { watchQueue } from "../floods/stalled-data.js";
import type { Session } from "../session.js";
import { hasRoom } from "./control.js";
import { endLocalSide, writeHeaders } from "./headers.js";
import { addReady, removeReady } from "./ready-ring.js";

/** Bytes put into the output before it is taken; what is more stays queued, so that streams take turns. */
const outputTargetBytes = 262_144;
/** Largest DATA frame sent even when the peer allows more: others want their turn. */
const maxSentFrame = 65_536;
/** Payloads below this are kept in one buffer with their head. */
const inlineBytes = 8192;
/** Chunks below this do not lie in a room that was lent. */
const smallestLentBytes = smallestRoomBytes / 4;
/** Most chunks queued on one stream before `sendData` asks to wait, however small they are. */
const maxQueuedChunks = 1024;
const noBytes = new Uint8Array(0);

/** Sends or queues `bytes`; false when the caller should wait for `writable`. */
export function sendData(
  session: Session,
  stream: Stream,
  bytes: Uint8Array,
  endStream: boolean,
): boolean {
  let sent = 0;
  if (canWriteNow(session, stream)) sent = writeNow(session, stream, bytes, endStream);
  if (sent < bytes.length) enqueue(session, stream, sent === 0 ? bytes : bytes.subarray(sent));
  else if (sent >= smallestLentBytes) returnRoom(bytes);
  if (endStream) {
    if (stream.queue !== undefined) stream.endQueued = true;
    else if (bytes.length === 0) writeFrame(session, stream, bytes, 0, 0, true);
    return true;
  }
  if (!isCrowded(session, stream)) return true;
  session.stats.writePauses++;
  return false;
}

/** Whether a frame may go out now without overtaking anyone. */
export function canWriteNow(session: Session, stream: Stream): boolean {
  return (
    stream.queue === undefined &&
    session.firstReady === undefined &&
    session.output.pendingBytes < outputTargetBytes
  );
}

/** More than the heads of all frames take that fit into the output. */
const headsMargin = 1024;

/** Whether so many bytes of payload would be in the output when `sendData` returns. */
export function sendsAtOnce(session: Session, stream: Stream, byteCount: number): boolean {
  return (
    canWriteNow(session, stream) &&
    Math.min(stream.sendWindow, session.sendWindow) >= byteCount &&
    session.output.pendingBytes + byteCount + headsMargin <= outputTargetBytes
  );
}

/** The longest DATA frame the windows and the peer's frame size allow; may be 0 or negative. */
export function sendableBytes(session: Session, stream: Stream): number {
  const window = Math.min(stream.sendWindow, session.sendWindow);
  return Math.min(window, session.peerMaxFrame, maxSentFrame);
}

function writeNow(session: Session, stream: Stream, bytes: Uint8Array, endStream: boolean): number {
  const { length } = bytes;
  let at = 0;
  while (at < length && session.output.pendingBytes < outputTargetBytes) {
    const size = Math.min(length - at, sendableBytes(session, stream));
    if (size <= 0) break;
    writeFrame(session, stream, bytes, at, at + size, endStream && at + size === length);
    at += size;
  }
  return at;
}

function writeFrame(
  session: Session,
  stream: Stream,
  bytes: Uint8Array,
  from: number,
  to: number,
  endStream: boolean,
): void {
  const size = to - from;
  openFrame(session, stream, size, endStream);
  if (size > 0) session.output.appendPart(bytes, from, to);
  if (endStream) endLocalSide(session, stream);
}

/** Writes a DATA head and takes its payload off the windows. */
function openFrame(session: Session, stream: Stream, size: number, endStream: boolean): void {
  const { output } = session;
  output.room(frameHeadBytes + (size < inlineBytes ? size : 0));
  output.end = writeDataHead(output.buffer, output.end, stream.id, size, endStream);
  takeWindow(session, stream, size);
}

/** Takes sent bytes off both windows. */
export function takeWindow(session: Session, stream: Stream, size: number): void {
  stream.sendWindow -= size;
  session.sendWindow -= size;
  session.dataBytesSent += size;
  session.dataUnitsSent += 1 + (size >>> 14);
}

function enqueue(session: Session, stream: Stream, bytes: Uint8Array): void {
  if (stream.queue === undefined) stream.queue = [bytes];
  else stream.queue.push(bytes);
  stream.queuedBytes += bytes.length;
  session.stats.queuedBytes += bytes.length;
  if (stream.isReady) session.readyBytes += bytes.length;
  else if (stream.sendWindow > 0) addReady(session, stream);
  watchQueue(session);
}

function isCrowded(session: Session, stream: Stream): boolean {
  if (stream.wantsWritable) return true;
  const { connectionHighWaterBytes } = session.limits;
  const chunks = stream.queue === undefined ? 0 : stream.queue.length - stream.queueIndex;
  if (stream.queuedBytes > highWater(session) || chunks > maxQueuedChunks) {
    stream.wantsWritable = true;
    return true;
  }
  if (session.readyBytes + session.output.pendingBytes <= connectionHighWaterBytes) return false;
  stream.wantsWritable = true;
  waitForConnection(session, stream);
  return true;
}

/** So many times `connectionHighWaterBytes` may wait for the windows of streams before each stream gets less. */
const fairQueues = 4;

/** A thousand streams with shut windows may not queue 64 KiB each (CVE-2016-1546). */
function highWater({ limits, stats }: Session): number {
  const { streamHighWaterBytes, connectionHighWaterBytes } = limits;
  return stats.queuedBytes > fairQueues * connectionHighWaterBytes ? 0 : streamHighWaterBytes;
}

function waitForConnection(session: Session, stream: Stream): void {
  if (session.crowdedOut === undefined) session.crowdedOut = [stream];
  else session.crowdedOut.push(stream);
}

/** Moves queued DATA into the output, one frame per stream and turn. */
export function fillOutput(session: Session): void {
  const { output } = session;
  while (output.pendingBytes < outputTargetBytes && session.sendWindow > 0) {
    const stream = session.firstReady;
    if (stream === undefined) return;
    removeReady(session, stream);
    sendTurn(session, stream);
  }
}

function sendTurn(session: Session, stream: Stream): void {
  const size = Math.min(stream.queuedBytes, sendableBytes(session, stream));
  if (size <= 0) return;
  const isLast = size === stream.queuedBytes;
  const endStream = isLast && stream.endQueued;
  openFrame(session, stream, size, endStream);
  moveQueued(session, stream, size);
  if (isLast) finishQueue(session, stream, endStream);
  else if (stream.sendWindow > 0) addReady(session, stream);
  if (stream.wantsWritable && stream.queuedBytes <= session.limits.streamLowWaterBytes) {
    relieve(session, stream);
  }
}

function moveQueued(session: Session, stream: Stream, size: number): void {
  const queue = stream.queue!;
  let left = size;
  while (left > 0) {
    const chunk = queue[stream.queueIndex]!;
    const part = Math.min(left, chunk.length - stream.queueOffset);
    session.output.appendPart(chunk, stream.queueOffset, stream.queueOffset + part);
    stream.queueOffset += part;
    left -= part;
    if (stream.queueOffset === chunk.length) dropFirstChunk(stream, queue);
  }
  stream.queuedBytes -= size;
  session.stats.queuedBytes -= size;
}

/** Sent chunks are cut off in batches: shifting an array for each would move all the others. */
function dropFirstChunk(stream: Stream, queue: Uint8Array[]): void {
  const chunk = queue[stream.queueIndex]!;
  if (chunk.length + chunk.byteOffset >= smallestLentBytes) returnRoom(chunk);
  queue[stream.queueIndex] = noBytes;
  stream.queueOffset = 0;
  stream.queueIndex++;
  if (stream.queueIndex < 64) return;
  queue.splice(0, stream.queueIndex);
  stream.queueIndex = 0;
}

function finishQueue(session: Session, stream: Stream, endStream: boolean): void {
  const { trailers } = stream;
  stream.queue = undefined;
  stream.queueIndex = 0;
  stream.queueOffset = 0;
  stream.endQueued = false;
  stream.trailers = undefined;
  if (endStream) endLocalSide(session, stream);
  else if (trailers !== undefined) writeHeaders(session, stream, trailers, true);
}

function relieve(session: Session, stream: Stream): void {
  if (!hasRoom(session)) waitForConnection(session, stream);
  else if (session.relieved === undefined) session.relieved = [stream];
  else session.relieved.push(stream);
}

/** After output was taken: calls `writable` on those who waited and may go on. */
export function notifyWritable(session: Session): void {
  const { relieved, crowdedOut } = session;
  session.relieved = undefined;
  if (relieved !== undefined) callWritable(relieved);
  if (crowdedOut === undefined) return;
  if (!hasRoom(session)) return;
  session.crowdedOut = undefined;
  callWritable(crowdedOut);
}

function callWritable(streams: readonly Stream[]): void {
  for (let i = 0; i < streams.length; i++) {
    const stream = streams[i]!;
    if (!stream.wantsWritable) continue;
    stream.wantsWritable = false;
    stream.sink?.writable();
  }
}
