// The application above a connection: does what its API allows, at random, and writes down whether the engine keeps its word.
import {
  type Connection,
  type ConnectionCloseReason,
  ErrorCode,
  type HeaderList,
  type Sink,
  type StreamResetReason,
  type StreamSink,
  UsageError,
} from "@trunkline/http2";

const request = { fields: [":method", "POST", ":scheme", "http", ":path", "/a/b"] };
const head = { fields: [":status", "200"] };
const trailers = { fields: ["x-status", "0"] };

/** One stream as its application sees it. */
class AppStream implements StreamSink {
  id = 0;
  unread = 0;
  headSent = false;
  localEnded = false;
  remoteEnded = false;
  /** Nothing may be heard after this. */
  isOver = false;
  readonly #app: Application;

  constructor(app: Application) {
    this.#app = app;
  }

  headersReceived(_headers: HeaderList, endStream: boolean): void {
    this.#hear("headersReceived", endStream);
  }

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    if (bytes.length === 0 && !endStream) this.#app.fault("an empty DATA frame was handed on");
    this.unread += bytes.length;
    this.#hear("dataReceived", endStream);
  }

  trailersReceived(): void {
    this.#hear("trailersReceived", true);
  }

  streamReset(reason: StreamResetReason): void {
    this.#hear(`streamReset ${reason.message}`, false);
    this.isOver = true;
    this.#app.streams.delete(this);
  }

  writable(): void {
    this.#hear("writable", false);
  }

  #hear(what: string, endStream: boolean): void {
    if (this.isOver) this.#app.fault(`stream ${this.id} heard ${what} after its end`);
    if (this.#app.end !== undefined) this.#app.fault(`${what} after closed`);
    if (this.remoteEnded && what !== "writable" && !what.startsWith("streamReset")) {
      this.#app.fault(`stream ${this.id} heard ${what} after the peer's END_STREAM`);
    }
    if (endStream) this.remoteEnded = true;
  }
}

/** The application of one connection. */
export class Application implements Sink {
  connection!: Connection;
  /** Why the connection has ended, once it has. */
  end: ConnectionCloseReason | undefined = undefined;
  readonly streams: Set<AppStream> = new Set();
  readonly faults: string[] = [];

  fault(what: string): void {
    this.faults.push(what);
  }

  streamOpened(id: number, _headers: HeaderList, endStream: boolean): StreamSink {
    const stream = new AppStream(this);
    stream.id = id;
    stream.remoteEnded = endStream;
    if (this.end !== undefined) this.fault("streamOpened after closed");
    this.streams.add(stream);
    return stream;
  }

  settingsReceived(): void {}
  goawayReceived(): void {}
  pingAcked(rttMs: number): void {
    if (!(rttMs >= 0)) this.fault(`a round trip of ${rttMs} ms`);
  }
  streamsAvailable(): void {}
  drainStarted(): void {}

  closed(reason: ConnectionCloseReason): void {
    if (this.end !== undefined) this.fault("closed twice");
    this.end = reason;
    for (const stream of this.streams) {
      if (!(stream.remoteEnded && stream.localEnded))
        this.fault(`stream ${stream.id} was not told of the end`);
    }
  }

  /** Does one thing that the API allows. */
  act(choice: number, nowMs: number): void {
    try {
      this.#act(choice, nowMs);
    } catch (error) {
      // Peers may say that they take hardly any headers: the API then refuses those that are larger.
      if (!(error instanceof UsageError && error.message.includes("the peer takes"))) throw error;
      this.#giveUp();
    }
  }

  #act(choice: number, nowMs: number): void {
    const { connection } = this;
    const streams = [...this.streams];
    const stream = streams[(choice >>> 8) % Math.max(1, streams.length)];
    const action = choice % 16;
    if (action === 0) connection.ping(nowMs);
    else if (action === 1 && choice >>> 28 === 0) connection.drain(nowMs);
    else if (action === 2 && choice >>> 27 === 0) connection.goAway(ErrorCode.NO_ERROR, "bye");
    else if (action === 3) this.#open(choice, nowMs);
    else if (action === 4 && choice >>> 29 === 0)
      connection.updateSettings({ initialWindowSize: choice & 0xffff });
    else if (stream !== undefined) this.#actOn(stream, action, choice);
  }

  /** Resets streams whose trailers were refused. */
  #giveUp(): void {
    for (const stream of [...this.streams]) {
      stream.isOver = true;
      this.streams.delete(stream);
      this.connection.resetStream(stream.id, ErrorCode.INTERNAL_ERROR);
    }
  }

  #open(choice: number, nowMs: number): void {
    if (this.connection.role === "server" || this.end !== undefined) return;
    const stream = new AppStream(this);
    const endStream = (choice & 32) !== 0;
    const id = this.connection.openStream(request, endStream, stream, nowMs);
    if (id === 0) return;
    stream.id = id;
    stream.headSent = true;
    stream.localEnded = endStream;
    if (!stream.isOver) this.streams.add(stream);
  }

  #actOn(stream: AppStream, action: number, choice: number): void {
    const { connection } = this;
    if (action < 8) this.#read(stream, choice);
    else if (action === 8) {
      stream.isOver = true;
      this.streams.delete(stream);
      connection.resetStream(stream.id, choice & 64 ? ErrorCode.CANCEL : ErrorCode.NO_ERROR);
    } else if (!stream.localEnded) this.#send(stream, action, choice);
    if (stream.localEnded && stream.remoteEnded && stream.unread === 0) this.streams.delete(stream);
  }

  #read(stream: AppStream, choice: number): void {
    const count = choice & 128 ? stream.unread : Math.floor(stream.unread / 2);
    stream.unread -= count;
    this.connection.consume(stream.id, count);
  }

  #send(stream: AppStream, action: number, choice: number): void {
    const { connection } = this;
    if (!stream.headSent) {
      connection.sendHeaders(stream.id, head, false);
      stream.headSent = true;
    } else if (action < 11) {
      // Before, because the end may be told during the call.
      stream.localEnded = true;
      connection.sendHeaders(stream.id, trailers, true);
    } else if (action < 13) {
      const region = connection.reserve(stream.id, 1 + (choice & 1023));
      if (region !== undefined) connection.commit(stream.id, 1 + (choice & 1023), false);
    } else {
      const endStream = (choice & 256) !== 0;
      stream.localEnded = endStream;
      connection.sendData(stream.id, new Uint8Array((choice >>> 12) % 100_000), endStream);
    }
  }
}
