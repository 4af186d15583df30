// A bare socket that reads frame heads and answers canned frames, many in one write: what no server in JavaScript can beat.
import * as net from "node:net";
import { getUserResponse } from "../canned.js";
import { announce } from "../sample.js";

const PREFACE_BYTES = 24;
const HEAD_BYTES = 9;
const DATA = 0;
const SETTINGS = 4;
const PING = 6;
const END_STREAM = 1;
const ACK = 1;

/** HEADERS, DATA, HEADERS; the stream id is set for each reply. */
interface Reply {
  readonly bytes: Buffer;
  readonly idOffsets: readonly number[];
}

/** `:status: 200`, content-type and grpc-status: the first time they enter the table, then each is one byte. */
const firstReply = createReply(
  Buffer.concat([Buffer.of(0x88, 0x5f, 16), Buffer.from("application/grpc")]),
  Buffer.concat([Buffer.of(0x40, 11), Buffer.from("grpc-status"), Buffer.of(1, 0x30)]),
);
const furtherReply = createReply(Buffer.of(0x88, 0xbf), Buffer.of(0xbe));

function createReply(head: Uint8Array, trailers: Uint8Array): Reply {
  const bytes = Buffer.concat([
    frame(1, 4, head),
    frame(DATA, 0, getUserResponse),
    frame(1, 5, trailers),
  ]);
  const idOffsets: number[] = [];
  for (let at = 0; at < bytes.length; at += HEAD_BYTES + bytes.readUIntBE(at, 3)) {
    idOffsets.push(at + 5);
  }
  return { bytes, idOffsets };
}

function frame(type: number, flags: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  return Buffer.concat([head, payload]);
}

class Peer {
  #rest: Buffer = Buffer.alloc(0);
  #greeted = false;
  #reply = firstReply;
  readonly #socket: net.Socket;

  constructor(socket: net.Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk) => this.#read(chunk));
    socket.write(frame(SETTINGS, 0, Buffer.from([0, 4, 0x7f, 0xff, 0xff, 0xff])));
    socket.write(windowUpdate(0x7fff0000 - 65535));
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest.length ? Buffer.concat([this.#rest, chunk]) : chunk;
    if (!this.#greeted) {
      if (bytes.length < PREFACE_BYTES) {
        this.#rest = bytes;
        return;
      }
      bytes = bytes.subarray(PREFACE_BYTES);
      this.#greeted = true;
    }
    const out: Buffer[] = [];
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      this.#answer(bytes, at, end, out);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    if (out.length) this.#socket.write(Buffer.concat(out));
  }

  #answer(bytes: Buffer, at: number, end: number, out: Buffer[]): void {
    const type = bytes[at + 3] as number;
    const flags = bytes[at + 4] as number;
    if (type <= 1 && flags & END_STREAM) {
      const copy = Buffer.from(this.#reply.bytes);
      for (const offset of this.#reply.idOffsets) bytes.copy(copy, offset, at + 5, at + HEAD_BYTES);
      out.push(copy);
      this.#reply = furtherReply;
    } else if (type === SETTINGS && !(flags & ACK)) {
      out.push(frame(SETTINGS, ACK, Buffer.alloc(0)));
    } else if (type === PING && !(flags & ACK)) {
      out.push(frame(PING, ACK, bytes.subarray(at + HEAD_BYTES, end)));
    }
  }
}

function windowUpdate(increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(8, 0, payload);
}

const server = net.createServer((socket) => new Peer(socket));
server.listen(0, "127.0.0.1", () => announce((server.address() as net.AddressInfo).port));
