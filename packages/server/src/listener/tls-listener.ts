// Opens TLS: versions, ALPN, client certificates.
import type { Socket } from "node:net";
import type { Server, TLSSocket } from "node:tls";
import { type Log, type TlsServerCredentials, UsageError } from "@trunkline/core";
import type { ListenerCounters } from "./listener-counters.js";
import { tcpOptions } from "./tcp-options.js";

/** What a TLS listener needs to know besides its credentials. */
export interface TlsListenerSetup {
  readonly log: Log;
  readonly handshakeTimeoutMs: number;
  readonly tcpKeepaliveMs: number;
  readonly counters: ListenerCounters;
  onHttp2(socket: Socket): void;
}

type Tls = typeof import("node:tls");

/**
 * A TLS server that offers HTTP/2 and nothing else (RFC 9113 s9.2), and no renegotiation (s9.2.1).
 * @param onUnagreed a client that has not agreed to HTTP/2 by ALPN.
 * @throws {UsageError} when certificate and key cannot be used.
 */
export async function createTlsListener(
  credentials: TlsServerCredentials,
  setup: TlsListenerSetup,
  onUnagreed: (socket: Socket) => void,
): Promise<Server> {
  const { log, counters } = setup;
  // It takes a while to load: servers without TLS do not.
  const server = openTls(await import("node:tls"), credentials, setup);
  server.on("secureConnection", (socket: TLSSocket) => {
    forbidRenegotiation(socket, counters);
    if (socket.alpnProtocol === "h2") setup.onHttp2(socket);
    else onUnagreed(socket);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    if (isHandshakeTimeout(error)) counters.handshakeTimeouts++;
    else counters.tlsFailures++;
    log.debug("a TLS handshake has failed", { peer: socket.remoteAddress, error });
    socket.destroy();
  });
  return server;
}

/** Deno gives this error no code. */
function isHandshakeTimeout({ code, message }: NodeJS.ErrnoException): boolean {
  return code === "ERR_TLS_HANDSHAKE_TIMEOUT" || message === "TLS handshake timeout";
}

/** A handshake costs the server far more than the client, so there is one. */
function forbidRenegotiation(socket: TLSSocket, counters: ListenerCounters): void {
  socket.disableRenegotiation();
  socket.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "ERR_TLS_RENEGOTIATION_DISABLED") return;
    counters.renegotiations++;
    socket.destroy();
  });
}

function openTls(tls: Tls, credentials: TlsServerCredentials, setup: TlsListenerSetup): Server {
  const { cert, key, ca, passphrase, requireClientCert, minVersion } = credentials;
  try {
    return tls.createServer({
      cert: toBuffer(cert),
      key: toBuffer(key),
      ...(ca === undefined ? {} : { ca: toBuffer(ca) }),
      ...(passphrase === undefined ? {} : { passphrase }),
      requestCert: ca !== undefined,
      rejectUnauthorized: requireClientCert,
      minVersion,
      ALPNProtocols: ["h2"],
      handshakeTimeout: setup.handshakeTimeoutMs,
      ...tcpOptions(setup.tcpKeepaliveMs),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new UsageError(`TLS certificate and key of the server cannot be used: ${reason}`);
    error.cause = cause;
    throw error;
  }
}

function toBuffer(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem);
}
