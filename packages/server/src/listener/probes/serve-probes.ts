// A port of its own for HTTP requests: probes, or whatever else an operator asks by HTTP/1.1.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { processLog } from "@trunkline/core";
import { type Http1Handler, runHandler } from "../reception/http1-requests.js";

/** Where `serveHttp` listens. */
export interface HttpPortOptions {
  /** The address. Default `"127.0.0.1"`; probes of Kubernetes need `"0.0.0.0"` or `"::"`. */
  readonly host?: string | undefined;
  /** The port; 0 takes a free one. Default 0. */
  readonly port?: number | undefined;
}

/** A port that answers HTTP/1.1. */
export interface HttpPort {
  /** The port. */
  readonly port: number;
  /** Ends it, with the connections that there are. */
  close(): Promise<void>;
}

/**
 * Answers HTTP/1.1 on a port of its own, in this process alone: in workers of `node:cluster` as well.
 * @throws Error when it cannot be listened there.
 */
export async function serveHttp(
  handler: Http1Handler,
  { host = "127.0.0.1", port = 0 }: HttpPortOptions = {},
): Promise<HttpPort> {
  const limits = { requestTimeout: 30_000, headersTimeout: 10_000 };
  const server = createServer(limits, (request, response) => {
    void runHandler(handler, request, response, processLog);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
