// One connection of a bad server: reads frames, keeps to the client's windows, and sends what its misbehaviour says.
import type { Socket } from "node:net";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  connectionMagic,
  Flag,
  FrameType,
  formatPing,
  formatSettings,
  formatWindowUpdate,
  frameHeadBytes,
  readFrameLength,
  readUint31,
  readUint32,
  SettingId,
} from "@trunkline/http2";
import {
  SimpleRequestSchema,
  SimpleResponseSchema,
} from "../official/gen/grpc/testing/messages_pb.js";
import { payloadOf } from "../official/payload.js";
import type { Misbehaviour, Step } from "./misbehaviour.js";

/** What a bad server has seen of its clients. */
export interface Seen {
  connections: number;
  pingsSent: number;
  pingsAcked: number;
  /** The most streams that one connection had open at a time. */
  mostStreams: number;
}

/** One stream, from its HEADERS to the last step of its answer. */
interface Exchange {
  readonly received: Uint8Array[];
  window: number;
  steps: Iterator<Step> | undefined;
  next: Step | undefined;
}

const DEFAULT_WINDOW = 65_535;
const LARGEST_WINDOW = 0x7fffffff;
const ENVELOPE_BYTES = 5;
const settingBytes = 6;

/** The answer of a good server to an enveloped `SimpleRequest`, in its envelope. */
function answerTo(enveloped: Uint8Array): Uint8Array {
  const { responseSize } = fromBinary(SimpleRequestSchema, enveloped.subarray(ENVELOPE_BYTES));
  const payload = payloadOf(responseSize);
  const message = toBinary(SimpleResponseSchema, create(SimpleResponseSchema, { payload }));
  const head = Buffer.alloc(ENVELOPE_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** See the file's first line. */
export class BadConnection {
  readonly #socket: Socket;
  readonly #behaviour: Misbehaviour;
  readonly #seen: Seen;
  readonly #exchanges = new Map<number, Exchange>();
  #rest: Buffer = Buffer.alloc(0);
  #magicLeft = connectionMagic.length;
  #window = DEFAULT_WINDOW;
  #initialWindow = DEFAULT_WINDOW;

  constructor(socket: Socket, behaviour: Misbehaviour, seen: Seen) {
    this.#socket = socket;
    this.#behaviour = behaviour;
    this.#seen = seen;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("end", () => socket.end());
    // A client may leave as it likes.
    socket.on("error", () => undefined);
    const windows = [SettingId.INITIAL_WINDOW_SIZE, LARGEST_WINDOW];
    socket.write(formatSettings([...windows, ...(behaviour.settings ?? [])]));
    socket.write(formatWindowUpdate(0, LARGEST_WINDOW - DEFAULT_WINDOW));
  }

  #read(chunk: Buffer): void {
    let bytes = Buffer.concat([this.#rest, chunk]);
    const magic = Math.min(this.#magicLeft, bytes.length);
    this.#magicLeft -= magic;
    bytes = bytes.subarray(magic);
    let at = 0;
    this.#socket.cork();
    while (bytes.length - at >= frameHeadBytes) {
      const end = at + frameHeadBytes + readFrameLength(bytes, at);
      if (end > bytes.length) break;
      this.#frame(bytes, at, bytes.subarray(at + frameHeadBytes, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
    this.#pump();
    this.#socket.uncork();
  }

  #frame(bytes: Buffer, at: number, payload: Buffer): void {
    const type = bytes[at + 3]!;
    const flags = bytes[at + 4]!;
    const id = readUint31(bytes, at + 5);
    const isAck = (flags & Flag.ACK) !== 0;
    if (type === FrameType.PING && isAck) this.#seen.pingsAcked++;
    else if (this.#exchanges.size > 0) this.#ping();
    if (type === FrameType.SETTINGS && !isAck) this.#settings(payload);
    if (type === FrameType.PING && !isAck) this.#socket.write(formatPing(payload, true));
    if (type === FrameType.WINDOW_UPDATE) this.#windowUpdate(id, readUint32(payload, 0));
    if (type === FrameType.HEADERS) this.#opened(id);
    if (type === FrameType.RST_STREAM) this.#exchanges.delete(id);
    if (type === FrameType.DATA) {
      this.#exchanges.get(id)?.received.push(payload);
      if (flags & Flag.END_STREAM) this.#requested(id);
    }
  }

  #ping(): void {
    if (!this.#behaviour.pings) return;
    this.#seen.pingsSent++;
    this.#socket.write(formatPing(Buffer.from(`ping ${this.#seen.pingsSent % 1_000}`.padEnd(8))));
  }

  #settings(payload: Buffer): void {
    for (let at = 0; at < payload.length; at += settingBytes) {
      if (payload.readUInt16BE(at) !== SettingId.INITIAL_WINDOW_SIZE) continue;
      const window = readUint32(payload, at + 2);
      for (const exchange of this.#exchanges.values()) {
        exchange.window += window - this.#initialWindow;
      }
      this.#initialWindow = window;
    }
    this.#socket.write(formatSettings([], true));
  }

  #windowUpdate(id: number, increment: number): void {
    if (id === 0) this.#window += increment;
    const exchange = this.#exchanges.get(id);
    if (exchange) exchange.window += increment;
  }

  #opened(id: number): void {
    const window = this.#initialWindow;
    this.#exchanges.set(id, { received: [], window, steps: undefined, next: undefined });
    this.#seen.mostStreams = Math.max(this.#seen.mostStreams, this.#exchanges.size);
  }

  #requested(id: number): void {
    const exchange = this.#exchanges.get(id);
    if (!exchange) return;
    const message = answerTo(Buffer.concat(exchange.received));
    exchange.steps = this.#behaviour.respond(id, message)[Symbol.iterator]();
  }

  /** Sends as much of all answers as the windows allow. */
  #pump(): void {
    for (const [id, exchange] of this.#exchanges) {
      for (;;) {
        exchange.next ??= exchange.steps?.next().value as Step | undefined;
        const step = exchange.next;
        if (!step || !this.#maySend(step, exchange)) break;
        this.#send(step, exchange);
        if (step.isLast) this.#exchanges.delete(id);
      }
    }
  }

  /** The last step waits for the client to have answered every PING. */
  #maySend(step: Step, exchange: Exchange): boolean {
    if (step.isLast) return this.#seen.pingsAcked === this.#seen.pingsSent;
    return step.windowBytes <= Math.min(this.#window, exchange.window);
  }

  #send(step: Step, exchange: Exchange): void {
    if (!step.isLast) this.#ping();
    this.#window -= step.windowBytes;
    exchange.window -= step.windowBytes;
    exchange.next = undefined;
    this.#socket.write(step.frame);
  }
}
