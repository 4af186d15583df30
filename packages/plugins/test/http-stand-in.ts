// An HTTP or HTTPS server on loopback whose answers the test writes, and which can be taken away.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo, Server, Socket } from "node:net";

/** Answers one request. */
export type Answer = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

/** A running server. */
export class HttpStandIn {
  port = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param tls speaks HTTPS; with `ca`, to clients that show a certificate of it. */
  constructor(answer: Answer, tls?: { cert: string; key: string; ca?: string }) {
    const listener = (request: IncomingMessage, response: ServerResponse): void =>
      answer(request, response, new URL(request.url ?? "", "http://stand-in"));
    const secure = tls?.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
    this.#server =
      tls === undefined
        ? createServer(listener)
        : createSecureServer({ ...tls, ...secure }, listener);
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Listens; at the same port as before, if it has listened before. */
  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
    return this.port;
  }

  /** Breaks all connections and listens no more. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.breakConnections();
    await closed;
  }

  /** Breaks all connections, as a network does. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
