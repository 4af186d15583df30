// The other end of the end-to-end tests: a server that sends back what it gets, head, body and trailers.
import type {
  Connection,
  ConnectionCloseReason,
  HeaderBlock,
  Sink,
  StreamSink,
} from "../src/index.js";

export const request: HeaderBlock = {
  fields: [":method", "POST", ":scheme", "http", ":path", "/a/b", "te", "trailers"],
};
export const head: HeaderBlock = { fields: [":status", "200"] };
export const trailers: HeaderBlock = { fields: ["x-status", "0"] };

/** A connection sink that only hears of the end. */
export function sinkWith(closed: (reason: ConnectionCloseReason) => void): Sink {
  return {
    streamOpened: () => {
      throw new Error("nobody opens streams to a client");
    },
    settingsReceived() {},
    goawayReceived() {},
    pingAcked() {},
    streamsAvailable() {},
    closed,
  };
}

/** A server's sink that echoes DATA, pushing back when the way back is full. */
export function echoSink(
  connection: () => Connection,
  closed: (reason: ConnectionCloseReason) => void,
): Sink {
  return {
    ...sinkWith(closed),
    streamOpened: (id) => {
      connection().sendHeaders(id, head, false);
      return new EchoStream(connection(), id);
    },
  };
}

class EchoStream implements StreamSink {
  readonly #connection: Connection;
  readonly #id: number;
  #owed = 0;

  constructor(connection: Connection, id: number) {
    this.#connection = connection;
    this.#id = id;
  }

  headersReceived(): void {}

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    const goOn = this.#connection.sendData(this.#id, bytes.slice(), false);
    if (goOn) this.#connection.consume(this.#id, bytes.length);
    else this.#owed += bytes.length;
    if (endStream) this.#connection.sendHeaders(this.#id, trailers, true);
  }

  trailersReceived(): void {
    this.#connection.sendHeaders(this.#id, trailers, true);
  }

  streamReset(): void {}

  writable(): void {
    const owed = this.#owed;
    this.#owed = 0;
    this.#connection.consume(this.#id, owed);
  }
}

/** A promise with its handles, for events that a test waits for. */
export interface Deferred<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
}

/** Creates a `Deferred`. */
export function defer<T>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
