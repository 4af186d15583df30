// A client that does nothing by itself: tests write each frame, and wait for what the server sends.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import {
  connectionMagic,
  createDecoder,
  createEncoder,
  errorCodeName,
  Flag,
  FrameType,
  formatData,
  formatHeaders,
  formatPing,
  formatSettings,
  frameHeadBytes,
  readFrameLength,
  readUint31,
  readUint32,
} from "@trunkline/http2";

/** See the file's first line. */
export class FramePeer {
  readonly #socket: Socket;
  readonly #closed: Promise<unknown>;
  readonly #encoder = createEncoder();
  readonly #decoder = createDecoder({ maxTableSize: 4096, maxListBytes: 1 << 16, maxFields: 100 });
  readonly #lines: string[] = [];
  /** PINGs of the server that nobody has answered. */
  readonly #pings: Uint8Array[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #wake: () => void = () => {};
  isClosed = false;
  /** Whether lines tell of DATA as well. */
  showsData = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    this.#closed = new Promise<void>((resolve) => {
      socket.once("close", () => {
        this.isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  /** Connects over TCP and says nothing. */
  static async dial(port: number): Promise<FramePeer> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new FramePeer(socket);
  }

  get socket(): Socket {
    return this.#socket;
  }

  write(...frames: Uint8Array[]): this {
    this.#socket.write(Buffer.concat(frames));
    return this;
  }

  /** The preface, SETTINGS, and the ACK of those of the server. */
  greet(): this {
    return this.write(connectionMagic, formatSettings([]), formatSettings([], true));
  }

  /** A request with an empty message. */
  call(id: number, path: string): this {
    const fields = [":method", "POST", ":scheme", "http", ":path", path, ":authority", "test"];
    const block = { fields: [...fields, "content-type", "application/grpc", "te", "trailers"] };
    const target = new Uint8Array(this.#encoder.maxEncodedLength(block));
    const length = this.#encoder.encode(block, target, 0);
    const head = formatHeaders(id, target.subarray(0, length));
    return this.write(head, formatData(id, new Uint8Array(5), true));
  }

  ping(): this {
    return this.write(formatPing(new Uint8Array(8)));
  }

  /** Answers the PINGs of the server that have come. */
  acknowledge(): this {
    return this.write(...this.#pings.splice(0).map((payload) => formatPing(payload, true)));
  }

  /** Waits for the next line that has this text, and takes it and those before. @throws when none comes. */
  async until(text: string): Promise<string> {
    for (;;) {
      const at = this.#lines.findIndex((line) => line.includes(text));
      if (at >= 0) return this.#lines.splice(0, at + 1).at(-1)!;
      if (this.isClosed) throw new Error(`closed without ${text}: ${this.#lines.join("; ")}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** What has come and nobody has taken, once the connection is closed. */
  async end(): Promise<string[]> {
    await this.#closed;
    return this.#lines;
  }

  #receive(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= frameHeadBytes) {
      const size = frameHeadBytes + readFrameLength(this.#rest, 0);
      if (this.#rest.length < size) break;
      const line = this.#describe(this.#rest.subarray(0, size));
      if (line !== undefined) this.#lines.push(line);
      this.#rest = this.#rest.subarray(size);
    }
    this.#wake();
  }

  #describe(frame: Uint8Array): string | undefined {
    const [type, flags] = [frame[3]!, frame[4]!];
    const id = readUint31(frame, 5);
    const payload = frame.subarray(frameHeadBytes);
    if (type === FrameType.GOAWAY) {
      const debug = Buffer.from(payload.subarray(8)).toString();
      return `GOAWAY ${readUint31(payload, 0)} ${errorCodeName(readUint32(payload, 4))} ${debug}`;
    }
    if (type === FrameType.PING && (flags & Flag.ACK) === 0) {
      this.#pings.push(payload.slice());
      return "PING";
    }
    if (type === FrameType.PING) return "PING ACK";
    if (type === FrameType.RST_STREAM) {
      return `RST_STREAM ${id} ${errorCodeName(readUint32(payload, 0))}`;
    }
    if (type === FrameType.DATA && this.showsData) {
      return `DATA ${id} ${Buffer.from(payload).toString("hex")}`;
    }
    if (type !== FrameType.HEADERS) return undefined;
    const { fields } = this.#decoder.decode(payload, 0, payload.length);
    const end = flags & Flag.END_STREAM ? " END" : "";
    return `HEADERS ${id} ${fields.join(" ")}${end}`;
  }
}
