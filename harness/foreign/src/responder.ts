// Our engine as an HTTP server that answers the exchanges, over plaintext and TLS.
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import {
  bindDuplex,
  type Connection,
  type ConnectionCloseReason,
  type HeaderList,
  type StreamSink,
} from "@trunkline/http2";
import type { Identity } from "@trunkline/testkit";
import { hello, large } from "./exchanges.js";

const nothing = (): void => undefined;

/** One request until it is answered, which is when it has ended. */
class Exchange implements StreamSink {
  readonly #connection: Connection;
  readonly #id: number;
  readonly #fields: readonly string[];
  #body: Uint8Array = new Uint8Array(0);

  constructor(connection: Connection, id: number, { fields }: HeaderList) {
    this.#connection = connection;
    this.#id = id;
    this.#fields = fields;
  }

  dataReceived(bytes: Uint8Array, endStream: boolean): void {
    this.#body = Buffer.concat([this.#body, bytes]);
    this.#connection.consume(this.#id, bytes.length);
    if (endStream) this.answer();
  }

  trailersReceived(): void {
    this.answer();
  }

  answer(): void {
    switch (this.#field(":path")) {
      case "/hello":
        this.#send(["content-length", "5"], hello);
        break;
      case "/large":
        this.#send([], large);
        break;
      case "/headers":
        this.#send(["x-text", this.#field("x-text")], undefined);
        break;
      case "/echo":
        this.#echo();
        break;
      default:
        this.#connection.sendHeaders(this.#id, { fields: [":status", "404"] }, true);
    }
  }

  headersReceived(): void {}
  streamReset(): void {}
  writable(): void {}

  #field(name: string): string {
    const at = this.#fields.indexOf(name);
    return at < 0 ? "" : this.#fields[at + 1]!;
  }

  #send(fields: readonly string[], body: Uint8Array | undefined): void {
    const isBare = body === undefined || this.#field(":method") === "HEAD";
    this.#connection.sendHeaders(this.#id, { fields: [":status", "200", ...fields] }, isBare);
    if (!isBare) this.#connection.sendData(this.#id, body.slice(), true);
  }

  #echo(): void {
    const trailers = { fields: ["x-bytes", String(this.#body.length)] };
    this.#connection.sendHeaders(this.#id, { fields: [":status", "200"] }, false);
    this.#connection.sendData(this.#id, this.#body.slice(), false);
    this.#connection.sendHeaders(this.#id, trailers, true);
  }
}

/** A running responder. */
export interface Responder {
  readonly port: number;
  /** Why connections have ended that did not end well, in words. */
  readonly complaints: readonly string[];
  stop(): Promise<void>;
}

/** Listens on a free port. */
export async function startResponder(identity: Identity | undefined): Promise<Responder> {
  const complaints: string[] = [];
  const closed = ({ source, code, message }: ConnectionCloseReason): void => {
    if (source === "local" && code !== 0) complaints.push(message);
  };
  const sockets = new Set<{ destroy(): unknown }>();
  const serve = (socket: import("node:net").Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    const connection: Connection = bindDuplex(socket, {
      role: "server",
      sink: {
        streamOpened(id, headers, endStream) {
          const exchange = new Exchange(connection, id, headers);
          if (endStream) exchange.answer();
          return exchange;
        },
        settingsReceived: nothing,
        goawayReceived: nothing,
        pingAcked: nothing,
        streamsAvailable: nothing,
        closed,
      },
    });
  };
  const server: Server =
    identity === undefined
      ? createServer({ noDelay: true }, serve)
      : createTlsServer({ ...identity, ALPNProtocols: ["h2"] }, serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  };
  return { port, complaints, stop };
}
