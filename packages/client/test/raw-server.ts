// A server made of the HTTP/2 engine alone, so that tests decide about every frame a client gets to see.
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  bindDuplex,
  type Connection,
  type ConnectionLimits,
  createMemoryPair,
  type HeaderList,
  type Sink,
  type StreamResetReason,
  type StreamSink,
} from "@trunkline/http2";

/** Response head of an ordinary gRPC answer. */
export const grpcHead: readonly string[] = [":status", "200", "content-type", "application/grpc"];

/** Bytes of a message with its envelope. */
export function envelope(message: Uint8Array, flags = 0): Uint8Array {
  const framed = new Uint8Array(5 + message.length);
  framed[0] = flags;
  new DataView(framed.buffer).setUint32(1, message.length);
  framed.set(message, 5);
  return framed;
}

/** One request stream, as the script of a test sees it. */
export class RawStream implements StreamSink {
  readonly id: number;
  readonly fields: readonly string[];
  readonly connection: Connection;
  readonly #received: Uint8Array[] = [];
  /** Consume DATA as it comes; a test of back-pressure turns it off. */
  reads = true;
  isEnded = false;
  reset: StreamResetReason | undefined;
  readonly #server: RawServer;

  constructor(server: RawServer, connection: Connection, id: number, headers: HeaderList) {
    this.#server = server;
    this.connection = connection;
    this.id = id;
    this.fields = headers.fields;
  }

  /** Everything the client sent. */
  get body(): Uint8Array {
    return Buffer.concat(this.#received);
  }

  /** A request header. */
  header(name: string): string | undefined {
    const at = this.fields.findIndex((field, index) => index % 2 === 0 && field === name);
    return at === -1 ? undefined : this.fields[at + 1];
  }

  head(fields: readonly string[] = grpcHead): this {
    this.connection.sendHeaders(this.id, { fields }, false);
    return this;
  }

  data(bytes: Uint8Array, endStream = false): this {
    this.connection.sendData(this.id, bytes, endStream);
    return this;
  }

  message(message: Uint8Array): this {
    return this.data(envelope(message));
  }

  trailers(fields: readonly string[] = ["grpc-status", "0"]): this {
    this.connection.sendHeaders(this.id, { fields }, true);
    return this;
  }

  rst(code: number): void {
    this.connection.resetStream(this.id, code);
  }

  headersReceived(): void {}

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    this.#received.push(bytes.slice());
    if (this.reads) {
      this.connection.consume(this.id, bytes.length);
    }
    this.isEnded ||= endStream;
    this.#server.changed(this);
  }

  trailersReceived(): void {}

  streamReset(reason: StreamResetReason): void {
    this.reset = reason;
    this.#server.changed(this);
  }

  writable(): void {}
}

/** What a test does with each stream; called when the stream opens and after each event on it. */
export type Script = (stream: RawStream, server: RawServer) => void;

/** The server; `close` leaves nothing behind. */
export class RawServer {
  readonly streams: RawStream[] = [];
  readonly connections: Connection[] = [];
  readonly duplexes: Duplex[] = [];
  readonly limits: Partial<ConnectionLimits>;
  script: Script;
  #server: Server | undefined;
  #watchers: (() => void)[] = [];

  constructor(script: Script, limits: Partial<ConnectionLimits> = {}) {
    this.script = script;
    this.limits = limits;
  }

  /** Listens on a free port of 127.0.0.1; `host:port`. */
  listen(path?: string): Promise<string> {
    const server = createServer({ noDelay: true }, (socket: Socket) => this.accept(socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      const listening = (): void => {
        const address = server.address();
        resolve(
          typeof address === "string" ? address : `127.0.0.1:${(address as { port: number }).port}`,
        );
      };
      path === undefined
        ? server.listen(0, "127.0.0.1", listening)
        : server.listen(path, listening);
    });
  }

  /** One end of an in-memory pair whose other end is served. */
  dial(): Promise<Duplex> {
    const [near, far] = createMemoryPair();
    this.accept(far);
    return Promise.resolve(near);
  }

  accept(duplex: Duplex): void {
    this.duplexes.push(duplex);
    const sink: Sink = {
      streamOpened: (id, headers, endStream) => {
        const stream = new RawStream(this, connection, id, headers);
        stream.isEnded = endStream;
        this.streams.push(stream);
        this.changed(stream);
        return stream;
      },
      settingsReceived: () => this.#wake(),
      goawayReceived: () => {},
      pingAcked: () => {},
      streamsAvailable: () => {},
      closed: () => this.#wake(),
    };
    const connection = bindDuplex(duplex, { role: "server", sink, limits: this.limits });
    this.connections.push(connection);
    this.#wake();
  }

  changed(stream: RawStream): void {
    this.script(stream, this);
    this.#wake();
  }

  /** Resolves as soon as `condition` holds; it is asked after each event on any stream. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  /** Streams that are open on the engine's account, over all connections. */
  get activeStreams(): number {
    return this.connections.reduce((sum, connection) => sum + connection.activeStreams, 0);
  }

  async close(): Promise<void> {
    const server = this.#server;
    for (const duplex of this.duplexes) {
      duplex.destroy();
    }
    if (server?.listening) {
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  }

  #wake(): void {
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) {
      watcher();
    }
  }
}

/** Answers each finished request with `message` and OK. */
export function answerWith(message: Uint8Array): Script {
  const answered = new WeakSet<RawStream>();
  return (stream) => {
    if (stream.isEnded && stream.reset === undefined && !answered.has(stream)) {
      answered.add(stream);
      stream.head().message(message).trailers();
    }
  };
}
