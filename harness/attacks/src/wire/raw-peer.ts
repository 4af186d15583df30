// One end of a connection that speaks frames and no sense: writes what it is given, notes what comes back.
import type { Socket } from "node:net";
import {
  connectionMagic,
  createDecoder,
  ErrorCode,
  errorCodeName,
  Flag,
  FrameType,
  formatSettings,
  frameHeadBytes,
  type HpackDecoder,
  readFrameLength,
  readUint31,
  readUint32,
} from "@trunkline/http2";
import { join } from "./octets.js";

/** What one connection has seen of the other end. */
export interface Seen {
  goaway?: { code: string; lastId: number; debug: string; atMs: number };
  /** RST_STREAM by the name of its code. */
  resets: Record<string, number>;
  /** `grpc-status` of responses, or `http 415` and the like for others. */
  statuses: Record<string, number>;
  settingsAcks: number;
  pingAcks: number;
  dataBytes: number;
  bytesSent: number;
  /** The transport has ended. */
  closed: boolean;
  /** Milliseconds from the connection to its end. */
  lifeMs: number;
  /** The other end has not taken our bytes for as long as it was tried. */
  blocked: boolean;
}

/** How to behave. */
export interface PeerBehaviour {
  readonly role: "client" | "server";
  /** false: nothing is ever read; by a server, nothing after the first request. Default true. */
  readonly reads?: boolean | undefined;
  /** false: neither preface nor SETTINGS are sent. Default true. */
  readonly greets?: boolean | undefined;
  /** false: SETTINGS are never acknowledged. Default true. */
  readonly acknowledges?: boolean | undefined;
  /** SETTINGS to begin with: id, value, id, value ... */
  readonly settings?: readonly number[] | undefined;
}

/** So long without a byte taken, and the other end counts as not reading any more. */
const blockedAfterMs = 400;
/** Written at a time. */
const pieceBytes = 65_536;

/** See the file's first line. */
export class RawPeer {
  readonly seen: Seen = {
    resets: {},
    statuses: {},
    settingsAcks: 0,
    pingAcks: 0,
    dataBytes: 0,
    bytesSent: 0,
    closed: false,
    lifeMs: 0,
    blocked: false,
  };
  /** Client: the stream that was opened last. Server: the first one that was opened to it. */
  lastId = -1;
  /** A number for the use of the attack. */
  turn = 0;
  readonly socket: Socket;
  /** Settles when the transport has ended, or `end` was called. */
  readonly over: Promise<void>;
  isOver = false;
  /** Client: settles with the first `grpc-status`, or another response that is none. */
  readonly answered: Promise<void>;
  #noteAnswer: () => void = () => {};
  readonly #behaviour: PeerBehaviour;
  readonly #decoder: HpackDecoder;
  readonly #bornMs = performance.now();
  #finish: () => void = () => {};
  #rest: Uint8Array = new Uint8Array(0);
  #magicLeft = 0;
  #isBetweenPieces = false;
  readonly #answers: Uint8Array[] = [];
  readonly #firstRequest: Promise<void>;
  #requestSeen: () => void = () => {};

  constructor(socket: Socket, behaviour: PeerBehaviour) {
    this.socket = socket;
    this.#behaviour = behaviour;
    this.#decoder = createDecoder({ maxTableSize: 4096, maxListBytes: 1 << 20, maxFields: 10_000 });
    this.over = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.answered = new Promise((resolve) => {
      this.#noteAnswer = resolve;
    });
    this.#firstRequest = new Promise((resolve) => {
      this.#requestSeen = resolve;
    });
    if (behaviour.role === "server") this.#magicLeft = connectionMagic.length;
    if (behaviour.reads !== false || behaviour.role === "server") {
      socket.on("data", (bytes: Uint8Array) => this.#read(bytes));
    }
    socket.on("error", () => undefined);
    // Whoever ends their side has left, whatever becomes of ours.
    socket.on("end", () => this.#closed());
    socket.on("close", () => this.#closed());
    this.#greet();
  }

  /** Client: the next stream id. */
  takeId(): number {
    this.lastId += 2;
    return this.lastId;
  }

  /** Server: settles once the client has opened a stream. */
  get firstRequest(): Promise<void> {
    return Promise.race([this.#firstRequest, this.over]);
  }

  /** Writes all of it, in pieces; stops when the other end has said GOAWAY and why. */
  async sendAll(bytes: Uint8Array): Promise<void> {
    this.#isBetweenPieces = true;
    for (let at = 0; at < bytes.length && !this.isOver; at += pieceBytes) {
      await this.send(bytes.subarray(at, at + pieceBytes));
      // Once round the event loop, so that what came back is read.
      await new Promise((resolve) => setImmediate(resolve));
      if (this.seen.goaway !== undefined) return;
    }
    this.#isBetweenPieces = false;
    for (const answer of this.#answers.splice(0)) void this.send(answer);
  }

  /** Sends a frame of its own, though not into the middle of others. */
  #answer(frame: Uint8Array): void {
    if (this.#isBetweenPieces) this.#answers.push(frame);
    else void this.send(frame);
  }

  /** Writes, and waits until the kernel has taken it. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.isOver || bytes.length === 0) return;
    this.seen.bytesSent += bytes.length;
    if (this.socket.write(bytes)) return;
    let timer: NodeJS.Timeout | undefined;
    const drained = new Promise<void>((resolve) => {
      this.socket.once("drain", () => {
        this.seen.blocked = false;
        resolve();
      });
      timer = setTimeout(() => {
        this.seen.blocked = true;
      }, blockedAfterMs);
    });
    await Promise.race([drained, this.over]);
    clearTimeout(timer);
  }

  /** Ends this side at once. */
  end(): void {
    if (!this.isOver) this.seen.lifeMs = performance.now() - this.#bornMs;
    this.isOver = true;
    this.socket.destroy();
    this.#finish();
  }

  #greet(): void {
    const { role, greets, settings = [] } = this.#behaviour;
    if (greets === false) return;
    const hello = formatSettings(settings);
    void this.send(role === "client" ? join(connectionMagic, hello) : hello);
  }

  #closed(): void {
    if (!this.isOver) {
      this.seen.closed = true;
      this.seen.lifeMs = performance.now() - this.#bornMs;
    }
    this.isOver = true;
    this.socket.destroy();
    this.#finish();
  }

  #read(chunk: Uint8Array): void {
    let bytes = this.#rest.length === 0 ? chunk : join(this.#rest, chunk);
    const magic = Math.min(this.#magicLeft, bytes.length);
    this.#magicLeft -= magic;
    bytes = bytes.subarray(magic);
    let at = 0;
    while (bytes.length - at >= frameHeadBytes) {
      const end = at + frameHeadBytes + readFrameLength(bytes, at);
      if (end > bytes.length) break;
      this.#frame(bytes, at, end);
      at = end;
    }
    this.#rest = bytes.slice(at);
  }

  #frame(bytes: Uint8Array, at: number, end: number): void {
    const { seen } = this;
    const from = at + frameHeadBytes;
    const flags = bytes[at + 4]!;
    const id = readUint31(bytes, at + 5);
    switch (bytes[at + 3]) {
      case FrameType.DATA:
        seen.dataBytes += end - from;
        break;
      case FrameType.HEADERS:
        this.#headers(bytes, from, end, id);
        break;
      case FrameType.RST_STREAM:
        count(seen.resets, errorCodeName(readUint32(bytes, from)));
        break;
      case FrameType.SETTINGS:
        this.#settings(flags);
        break;
      case FrameType.PING:
        if (flags & Flag.ACK) seen.pingAcks++;
        break;
      case FrameType.GOAWAY:
        this.#goaway(bytes, from, end);
        break;
      default:
        break;
    }
  }

  #settings(flags: number): void {
    if (flags & Flag.ACK) this.seen.settingsAcks++;
    else if (this.#behaviour.acknowledges !== false) this.#answer(formatSettings([], true));
  }

  /** The first GOAWAY that has an error, or else the last one. */
  #goaway(bytes: Uint8Array, from: number, end: number): void {
    const code = readUint32(bytes, from + 4);
    const { goaway } = this.seen;
    if (goaway !== undefined && goaway.code !== errorCodeName(ErrorCode.NO_ERROR)) return;
    const debug = Buffer.from(bytes.subarray(from + 8, end)).toString();
    const lastId = readUint31(bytes, from);
    const atMs = performance.now() - this.#bornMs;
    this.seen.goaway = { code: errorCodeName(code), lastId, debug, atMs };
  }

  #headers(bytes: Uint8Array, from: number, end: number, id: number): void {
    if (this.#behaviour.role === "server") {
      if (this.lastId < 0) this.lastId = id;
      this.#requestSeen();
      if (this.#behaviour.reads === false) this.socket.pause();
      return;
    }
    const { fields } = this.#decoder.decode(bytes, from, end);
    const value = (name: string): string | undefined => {
      const found = fields.indexOf(name);
      return found < 0 ? undefined : fields[found + 1];
    };
    const grpc = value("grpc-status");
    const http = value(":status") ?? "200";
    if (grpc !== undefined) count(this.seen.statuses, grpc);
    else if (http !== "200") count(this.seen.statuses, `http ${http}`);
    else return;
    this.#noteAnswer();
  }
}

function count(into: Record<string, number>, key: string): void {
  into[key] = (into[key] ?? 0) + 1;
}
