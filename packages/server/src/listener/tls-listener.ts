// Opens TLS: versions, ALPN, client certificates.
import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { type Log, type TlsServerCredentials, UsageError } from "@trunkline/core";

/** How long a client may take over the TLS handshake, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 20_000;

/**
 * A TLS server that offers HTTP/2 and nothing else (RFC 9113 s9.2).
 * @param onUnagreed a client that has not agreed to HTTP/2 by ALPN.
 * @throws {UsageError} when certificate and key cannot be used.
 */
export function createTlsListener(
  credentials: TlsServerCredentials,
  log: Log,
  onHttp2: (socket: Socket) => void,
  onUnagreed: (socket: Socket) => void,
): Server {
  const server = openTls(credentials);
  server.on("secureConnection", (socket: TLSSocket) => {
    if (socket.alpnProtocol === "h2") onHttp2(socket);
    else onUnagreed(socket);
  });
  server.on("tlsClientError", (error, socket) => {
    log.debug("a TLS handshake has failed", { peer: socket.remoteAddress, error });
    socket.destroy();
  });
  return server;
}

function openTls(credentials: TlsServerCredentials): Server {
  const { cert, key, ca, passphrase, requireClientCert, minVersion } = credentials;
  try {
    return createServer({
      cert: toBuffer(cert),
      key: toBuffer(key),
      ...(ca === undefined ? {} : { ca: toBuffer(ca) }),
      ...(passphrase === undefined ? {} : { passphrase }),
      requestCert: ca !== undefined,
      rejectUnauthorized: requireClientCert,
      minVersion,
      ALPNProtocols: ["h2"],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      noDelay: true,
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
