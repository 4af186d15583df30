// HTTP/1.1 on a port for gRPC: requests of probes and the like go to `node:http`, one for each connection.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Log } from "@trunkline/core";

/**
 * Answers requests of HTTP/1.1, as `createServer` of `node:http` has it. When it throws or rejects, that is logged, and the
 * answer is 500.
 */
export type Http1Handler = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>;

/** Adopts a socket; `firstBytes` were read from it. */
export type Http1Intake = (socket: Socket, firstBytes?: Uint8Array) => void;

/** How long a connection of HTTP/1.1 may last, in milliseconds. */
const lifetimeMs = 30_000;

/** Runs a handler that may fail. */
export async function runHandler(
  handler: Http1Handler,
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
): Promise<void> {
  try {
    await handler(request, response);
  } catch (error) {
    log.error("the handler of HTTP/1.1 requests has failed", { path: request.url, error });
    if (response.headersSent) response.destroy();
    else response.writeHead(500).end();
  }
}

/** `node:http` is loaded by whoever uses this. */
export async function createHttp1Intake(handler: Http1Handler, log: Log): Promise<Http1Intake> {
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    // Connections belong to calls: those of HTTP/1.1 do not stay.
    response.setHeader("connection", "close");
    void runHandler(handler, request, response, log);
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
