// The other end of a connection under test: it sends what the script says and shows what comes back.
import { type ConnectionOptions, createConnection } from "../connection/create-connection.js";
import { connectionMagic } from "../connection/magic.js";
import type { Connection, Role } from "../contract.js";
import { Flag } from "../frame/head.js";
import { formatHeaders } from "../frame/headers.js";
import { formatSettings } from "../frame/settings.js";
import { createEncoder, type HpackEncoder } from "../hpack/encoder.js";
import { RecordingSink } from "./recording-sink.js";
import { FramePrinter } from "./show-frames.js";

/** The usual request head. */
export const requestFields: readonly string[] = [
  ":method",
  "POST",
  ":scheme",
  "http",
  ":path",
  "/a/b",
];

/** A connection under test and a script that plays its peer. */
export class ScriptedPeer {
  readonly sink: RecordingSink = new RecordingSink();
  readonly connection: Connection;
  nowMs = 0;
  readonly #role: Role;
  readonly #encoder: HpackEncoder = createEncoder();
  readonly #printer: FramePrinter = new FramePrinter();
  #skipMagic: boolean;

  /** `role` is that of the connection under test. */
  constructor(role: Role, options: Partial<ConnectionOptions> = {}) {
    this.#role = role;
    this.#skipMagic = role === "client";
    this.connection = createConnection({ nowMs: 0, ...options, role, sink: this.sink });
  }

  /** The peer's preface: what must come first from it. */
  static preface(role: Role): Uint8Array {
    const settings = formatSettings([]);
    if (role === "client") return settings;
    return Uint8Array.of(...connectionMagic, ...settings);
  }

  /** Plays the start of a connection and forgets about it. */
  greet(): this {
    this.sends(ScriptedPeer.preface(this.#role), formatSettings([], true));
    this.shows();
    this.sink.lines.length = 0;
    return this;
  }

  /** Sends frames to the connection under test. */
  sends(...frames: Uint8Array[]): this {
    for (const frame of frames) this.connection.receive(frame, this.nowMs);
    return this;
  }

  /** What the connection has written since the last time, one line a frame. */
  shows(): string[] {
    const bytes: number[] = [];
    for (;;) {
      const chunks = this.connection.take();
      if (chunks.length === 0) break;
      for (const chunk of chunks) for (const octet of chunk) bytes.push(octet);
      this.connection.release(chunks);
    }
    if (this.#skipMagic && bytes.length > 0) {
      bytes.splice(0, connectionMagic.length);
      this.#skipMagic = false;
    }
    return this.#printer.print(Uint8Array.from(bytes));
  }

  /** The debug data of the last GOAWAY that `shows` has seen. */
  get goawayDebug(): string {
    return this.#printer.goawayDebug;
  }

  /** Lets time pass, and the connection do what is due. */
  waits(ms: number): this {
    this.nowMs += ms;
    this.connection.wake(this.nowMs);
    return this;
  }

  /** What the sink has heard since the last time. */
  heard(): string[] {
    return this.sink.lines.splice(0);
  }

  /** An encoded header block. */
  block(fields: readonly string[]): Uint8Array {
    const bytes = new Uint8Array(this.#encoder.maxEncodedLength({ fields }));
    return bytes.slice(0, this.#encoder.encode({ fields }, bytes, 0));
  }

  /** A HEADERS frame that holds a whole block. */
  headers(id: number, fields: readonly string[] = requestFields, endStream = false): Uint8Array {
    const flags = Flag.END_HEADERS | (endStream ? Flag.END_STREAM : 0);
    return formatHeaders(id, this.block(fields), flags);
  }
}

/** A frame of any shape, legal or not. */
export function rawFrame(type: number, flags: number, id: number, payload: number[]): Uint8Array {
  const { length } = payload;
  const head = [length >> 16, length >> 8, length, type, flags, id >>> 24, id >> 16, id >> 8, id];
  return Uint8Array.of(...head, ...payload);
}
