// The Connection that callers hold: checks what they ask for and passes it to the room that does it.
import type { Connection, HeaderBlock, Region, Role, Settings, StreamSink } from "../contract.js";
import { lendRoom, returnRoom } from "../flow/message-rooms.js";
import { releaseWriteBuffers, writeBufferBytes } from "../flow/write-pool.js";
import { writeDataHead } from "../frame/data.js";
import { ErrorCode } from "../frame/error-code.js";
import { frameHeadBytes } from "../frame/head.js";
import { StreamState } from "../stream/state-table.js";
import type { Stream } from "../stream/stream.js";
import { UsageError } from "../usage-error.js";
import { endWithTransport, leave } from "./ending.js";
import { isPaused, isSuspect, pauseSuspect } from "./floods/rapid-reset.js";
import { startDrain } from "./goaway.js";
import { consumeData } from "./inbound/data.js";
import { FrameReader } from "./inbound/frame-reader.js";
import { letGoOfStream } from "./let-go.js";
import { watchHeaderBlock } from "./lifetime/handshake.js";
import { startTimers, wakeSession } from "./lifetime/wake.js";
import { announce, pendingBytes, sendRst } from "./outbound/control.js";
import {
  canWriteNow,
  fillOutput,
  notifyWritable,
  sendableBytes,
  sendData,
  sendsAtOnce,
  takeWindow,
} from "./outbound/data.js";
import { checkListSize, endLocalSide, writeHeaders } from "./outbound/headers.js";
import { openLocalStream } from "./outbound/open-local.js";
import { startPing } from "./outbound/probe.js";
import type { Session } from "./session.js";
import { sendSettings } from "./settings.js";
import type { ConnectionStats } from "./stats.js";
import { canSend, discardStream, rememberReset, slotFreed, stateOfMissing } from "./stream-end.js";

/** Above this, what waits for its turn stops the reading. */
const maxBacklogBytes = 65_536;
/** A region is at least this large when the windows allow, so that most messages fit at the first try. */
const usualRegionBytes = 2048;

/** See `Connection` in contract.ts for what each method promises. */
export class Http2Connection implements Connection {
  readonly role: Role;
  readonly #session: Session;
  readonly #reader: FrameReader;
  /** What was received beyond `maxStreamsPerTurn`. */
  #backlog: Uint8Array | undefined = undefined;

  constructor(session: Session) {
    this.role = session.role;
    this.#session = session;
    this.#reader = new FrameReader(session);
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    const session = this.#session;
    if (session.isClosed) return;
    if (!session.hasBegun) startTimers(session, nowMs);
    session.nowMs = nowMs;
    session.lastReceivedMs = nowMs;
    session.hasHeard = true;
    if (this.#backlog === undefined) this.#read(bytes);
    else this.#backlog = joinBytes(this.#backlog, bytes);
  }

  #read(bytes: Uint8Array): void {
    const session = this.#session;
    session.busy++;
    try {
      const used = this.#reader.read(bytes);
      if (used < bytes.length && !session.isClosed) {
        session.stats.turnsYielded++;
        pauseSuspect(session);
        this.#backlog = new Uint8Array(bytes.subarray(used));
      }
      if (session.isClosed) return;
      watchHeaderBlock(session, session.block !== undefined || this.#reader.holdsHeaders);
    } finally {
      session.busy--;
    }
  }

  receiveEnd(error?: Error): void {
    endWithTransport(this.#session, error);
  }

  openStream(block: HeaderBlock, endStream: boolean, sink: StreamSink, nowMs: number): number {
    const session = this.#session;
    if (!session.hasBegun) startTimers(session, nowMs);
    session.nowMs = nowMs;
    const id = openLocalStream(session, block, endStream, sink);
    this.#announce();
    return id;
  }

  sendHeaders(id: number, block: HeaderBlock, endStream: boolean): void {
    const session = this.#session;
    const stream = this.#sending(id, "headers");
    if (stream === undefined) return;
    if (stream.headSent && !endStream) {
      throw new UsageError(`sending a second head on stream ${id}: only trailers may follow`);
    }
    checkListSize(session, block);
    if (stream.hasQueued) stream.trailers = block;
    else writeHeaders(session, stream, block, endStream);
    this.#announce();
  }

  reserve(id: number, minBytes: number): Region | undefined {
    const session = this.#session;
    const stream = session.streams.get(id);
    if (stream === undefined || !stream.headSent || !canSend(stream)) return undefined;
    const sendable = sendableBytes(session, stream);
    if (sendable < minBytes || !canWriteNow(session, stream)) return undefined;
    const { output, region } = session;
    output.room(frameHeadBytes + Math.max(minBytes, Math.min(sendable, usualRegionBytes)));
    region.bytes = output.buffer;
    region.offset = output.end + frameHeadBytes;
    region.limit = Math.min(region.offset + sendable, output.buffer.length);
    region.streamId = id;
    return region;
  }

  commit(id: number, usedBytes: number, endStream: boolean): void {
    const session = this.#session;
    const { output, region } = session;
    const fits = usedBytes >= 0 && region.offset + usedBytes <= region.limit;
    const isCurrent = region.streamId === id && region.bytes === output.buffer;
    if (!fits || !isCurrent || region.offset !== output.end + frameHeadBytes) {
      throw new UsageError(`committing ${usedBytes} bytes on stream ${id}: not the room reserved`);
    }
    region.streamId = 0;
    const stream = session.streams.get(id);
    if (stream === undefined || (usedBytes === 0 && !endStream)) return;
    const at = writeDataHead(output.buffer, output.end, id, usedBytes, endStream);
    output.end = at + usedBytes;
    takeWindow(session, stream, usedBytes);
    if (endStream) endLocalSide(session, stream);
    this.#announce();
  }

  lendRoom(minBytes: number): Uint8Array {
    return lendRoom(minBytes);
  }

  returnRoom(room: Uint8Array): void {
    returnRoom(room);
  }

  sendsAtOnce(id: number, byteCount: number): boolean {
    const stream = this.#session.streams.get(id);
    return stream !== undefined && sendsAtOnce(this.#session, stream, byteCount);
  }

  sendData(id: number, bytes: Uint8Array, endStream: boolean): boolean {
    const session = this.#session;
    const stream = this.#sending(id, "data");
    if (stream === undefined) return true;
    if (!stream.headSent) throw new UsageError(`sending data on stream ${id} before its head`);
    const mayGoOn = sendData(session, stream, bytes, endStream);
    this.#announce();
    return mayGoOn;
  }

  resetStream(id: number, code: number): void {
    const session = this.#session;
    const stream = session.streams.get(id);
    if (stream === undefined) return;
    if (code === ErrorCode.NO_ERROR && (stream.endQueued || stream.trailers !== undefined)) {
      letGoOfStream(session, stream);
      return;
    }
    const wasEnded = stream.state === StreamState.CLOSED;
    discardStream(session, stream, wasEnded ? StreamState.CLOSED : StreamState.RESET_LOCAL);
    if (!wasEnded) {
      sendRst(session, id, code);
      rememberReset(session, id);
    }
    slotFreed(session);
    this.#announce();
  }

  consume(id: number, byteCount: number): void {
    const stream = this.#session.streams.get(id);
    if (stream === undefined || stream.isLetGo) return;
    consumeData(this.#session, stream, byteCount);
    this.#announce();
  }

  ping(nowMs: number): void {
    this.#session.pingWanted = true;
    startPing(this.#session, nowMs);
    this.#announce();
  }

  updateSettings(settings: Settings): void {
    if (this.#session.isClosed) return;
    sendSettings(this.#session, settings);
    this.#announce();
  }

  drain(nowMs: number, debug = "graceful_stop"): void {
    startDrain(this.#session, nowMs, debug);
    this.#announce();
  }

  goAway(code: number, debug = ""): void {
    leave(this.#session, code, debug);
  }

  get stats(): Readonly<ConnectionStats> {
    return this.#session.stats;
  }

  sinks(): StreamSink[] {
    const sinks: StreamSink[] = [];
    for (const { sink } of this.#session.streams.values()) {
      if (sink !== undefined) sinks.push(sink);
    }
    return sinks;
  }

  get lastReceivedMs(): number {
    return this.#session.lastReceivedMs;
  }

  openedMs(id: number): number | undefined {
    return this.#session.streams.get(id)?.openedMs;
  }

  get activeStreams(): number {
    return this.#session.activeStreams;
  }

  get peerMaxConcurrentStreams(): number {
    return this.#session.peerMaxStreams;
  }

  get isDraining(): boolean {
    return this.#session.isDraining;
  }

  get isClosed(): boolean {
    return this.#session.isClosed;
  }

  get pendingBytes(): number {
    return pendingBytes(this.#session);
  }

  get isCongested(): boolean {
    const { output, limits } = this.#session;
    return (
      (this.#backlog !== undefined && this.#backlog.length > maxBacklogBytes) ||
      output.pendingBytes > limits.connectionHighWaterBytes ||
      output.controlFrames > limits.pauseControlFrames
    );
  }

  get wantsTurn(): boolean {
    const { isClosed, timers } = this.#session;
    return this.#backlog !== undefined && !isClosed && timers.pause === Number.POSITIVE_INFINITY;
  }

  take(): Uint8Array[] {
    const session = this.#session;
    // A suspect's turn ends with time alone.
    if (!isSuspect(session)) session.streamsThisTurn = 0;
    session.busy++;
    try {
      fillOutput(session);
      const chunks = session.output.take();
      session.untakenId = session.nextLocalId;
      session.announced = false;
      notifyWritable(session);
      return chunks;
    } finally {
      session.busy--;
    }
  }

  release(chunks: readonly Uint8Array[]): void {
    releaseWriteBuffers(chunks);
  }

  wakeAt(): number | undefined {
    const { next } = this.#session.timers;
    return next === Number.POSITIVE_INFINITY ? undefined : next;
  }

  wake(nowMs: number): void {
    const session = this.#session;
    session.nowMs = nowMs;
    session.busy++;
    try {
      wakeSession(session);
      if (isPaused(session)) return;
      session.streamsThisTurn = 0;
      const backlog = this.#backlog;
      this.#backlog = undefined;
      if (backlog !== undefined && !session.isClosed) this.#read(backlog);
    } finally {
      session.busy--;
    }
  }

  /** The stream to send on; undefined when it has ended and the send is to be dropped. */
  #sending(id: number, what: string): Stream | undefined {
    const session = this.#session;
    const stream = session.streams.get(id);
    if (stream === undefined) {
      const state = session.isClosed ? StreamState.CLOSED : stateOfMissing(session, id);
      if (state !== StreamState.IDLE && state !== StreamState.FOREIGN) return undefined;
      throw new UsageError(`sending ${what} on stream ${id}, which was never opened`);
    }
    if (canSend(stream)) return stream;
    throw new UsageError(`sending ${what} on stream ${id} after its end`);
  }

  #announce(): void {
    const session = this.#session;
    if (session.output.pendingBytes >= writeBufferBytes) session.announced = false;
    announce(session);
  }
}

function joinBytes(first: Uint8Array, second: Uint8Array): Uint8Array {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
