// Serves the metrics of a registry by HTTP, on a port of their own or within a server that is there already.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Log, processLog } from "@trunkline/core";
import { type Registry, register } from "prom-client";

/** Options of `serveMetrics`. */
export interface ServeMetricsOptions {
  /** 0 to 65535; 0: one that is free. Default 9464. */
  readonly port?: number | undefined;
  /** The address to listen on; `0.0.0.0` or `::` for all. Default `127.0.0.1`: only this machine can scrape. */
  readonly host?: string | undefined;
  /** Default: the default registry of `prom-client`. */
  readonly registry?: Pick<Registry, "metrics" | "contentType"> | undefined;
  /** Default `/metrics`. */
  readonly path?: string | undefined;
  /** Where failures to collect are told. Default: what `setLog` names, at first stderr. */
  readonly log?: Log | undefined;
}

/** An HTTP server for metrics. */
export interface MetricsServer {
  /** The port that it listens on. */
  readonly port: number;
  /** For Prometheus: `http://127.0.0.1:9464/metrics`. */
  readonly url: string;
  /** Ends it; scrapes under way are cut off. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Answers one request of a `node:http` server. */
export type MetricsHandler = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * What answers requests with the metrics of `registry`, whatever their path: for servers that are there already.
 * @param registry default: the default registry of `prom-client`.
 * @param log where failures to collect are told; the answer is 500 without their text.
 * @example
 * app.get("/metrics", metricsHandler());
 */
export function metricsHandler(
  registry: Pick<Registry, "metrics" | "contentType"> = register,
  log: Log = processLog,
): MetricsHandler {
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.writeHead(405, { allow: "GET, HEAD" }).end();
      return;
    }
    // What collectors throw while they are called, and what they reject with.
    Promise.resolve()
      .then(() => registry.metrics())
      .then(
        (text) => {
          response.writeHead(200, { "content-type": registry.contentType });
          response.end(request.method === "HEAD" ? undefined : text);
        },
        (error: unknown) => {
          log.error("metrics cannot be collected", { error });
          response
            .writeHead(500, { "content-type": "text/plain" })
            .end("metrics cannot be collected\n");
        },
      );
  };
}

/**
 * Serves metrics on a port of their own, apart from the calls. It keeps the process alive until it is closed.
 * @throws Error when the port cannot be listened on; `code` is the system's, for example `EADDRINUSE`.
 */
export async function serveMetrics(options: ServeMetricsOptions = {}): Promise<MetricsServer> {
  const { port = 9464, host = "127.0.0.1", path = "/metrics", registry, log } = options;
  const answer = metricsHandler(registry, log);
  const server = createServer(
    { requestTimeout: 10_000, headersTimeout: 10_000 },
    (request, response) => {
      if (request.url?.split("?", 1)[0] === path) answer(request, response);
      else
        response.writeHead(404, { "content-type": "text/plain" }).end(`metrics are at ${path}\n`);
    },
  );
  server.maxConnections = 100;
  await listen(server, port, host);
  const { port: chosen } = server.address() as AddressInfo;
  const close = (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    return closed;
  };
  const shownHost = host.includes(":") ? `[${host}]` : host;
  const url = `http://${shownHost}:${chosen}${path}`;
  return { port: chosen, url, close, [Symbol.asyncDispose]: close };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const error = new Error(`metrics cannot be served on ${host}:${port}: ${cause.message}`, {
        cause,
      });
      reject(Object.assign(error, { code: cause.code }));
    });
    server.listen(port, host, resolve);
  });
}
