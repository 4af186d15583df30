// HTTP/1.1 on a port for gRPC: requests of probes and the like go to `node:http`, one for each connection.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Log } from "@trunkline/core";

/** Answers requests of HTTP/1.1, as `createServer` of `node:http` has it. */
export type Http1Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Adopts a socket; `firstBytes` were read from it. */
export type Http1Intake = (socket: Socket, firstBytes?: Uint8Array) => void;

/** How long a connection of HTTP/1.1 may last, in milliseconds. */
const lifetimeMs = 30_000;

/** `node:http` is loaded by whoever uses this. */
export async function createHttp1Intake(handler: Http1Handler, log: Log): Promise<Http1Intake> {
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    // Connections belong to calls: those of HTTP/1.1 do not stay.
    response.setHeader("connection", "close");
    try {
      handler(request, response);
    } catch (error) {
      log.error("the handler of HTTP/1.1 requests has failed", { path: request.url, error });
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    }
  });
  return (socket, firstBytes) => {
    const timer = setTimeout(() => socket.destroy(), lifetimeMs);
    socket.on("close", () => clearTimeout(timer));
    socket.pause();
    if (firstBytes !== undefined) socket.unshift(firstBytes);
    server.emit("connection", socket);
    socket.resume();
  };
}
