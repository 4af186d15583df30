// Shakes hands with one certificate: versions, ALPN, client certificates.
import type { Socket } from "node:net";
import type { Server, TLSSocket, TlsOptions } from "node:tls";
import {
  type NamedCertificate,
  type TlsServerCredentials,
  tlsErrorText,
  toSecureContextOptions,
  UsageError,
} from "@trunkline/core";
import { belongTogether } from "@trunkline/core/node";
import type { ListenerCounters } from "../listener-counters.js";
import { codeOf, type Refusals } from "./refusals.js";

/** What acceptors need to know besides the credentials. */
export interface TlsAcceptorSetup {
  readonly tls: typeof import("node:tls");
  readonly crypto: typeof import("node:crypto");
  readonly handshakeTimeoutMs: number;
  readonly counters: ListenerCounters;
  readonly refusals: Refusals;
  readonly offersHttp1: boolean;
  onHttp2(socket: Socket): void;
  /** A client that has not agreed to HTTP/2 by ALPN. */
  onUnagreed(socket: Socket): void;
}

/** Sessions that began longer ago are not resumed. */
const sessionTimeoutSeconds = 300;

/**
 * A TLS server that offers HTTP/2, and HTTP/1.1 only if told to (RFC 9113 s9.2), and no renegotiation (s9.2.1). It does not listen
 * itself: sockets are handed to it as its event `connection`. Each has keys of its own for session tickets, so that no
 * ticket outlives it.
 * @param whose the certificate, for the error.
 * @throws {UsageError} when certificate and key cannot be used.
 */
export function createAcceptor(
  credentials: TlsServerCredentials,
  certificate: NamedCertificate,
  whose: string,
  setup: TlsAcceptorSetup,
): Server {
  const server = openTls(credentials, certificate, whose, setup);
  const { counters, refusals } = setup;
  server.on("secureConnection", (socket: TLSSocket) => {
    forbidRenegotiation(socket, counters);
    if (socket.authorizationError) tellUnbelieved(socket, refusals);
    if (socket.alpnProtocol === "h2") setup.onHttp2(socket);
    else setup.onUnagreed(socket);
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    refusals.handshakeFailed(error, socket);
    socket.destroy();
  });
  return server;
}

/**
 * A client whose certificate is not believed may go on where none is required. OpenSSL 3 leaves the errors of the check
 * behind (where the signature is wrong: another CA of the same name), and Node.js would take them for errors of the first
 * read. Reading the certificate clears them.
 */
function tellUnbelieved(socket: TLSSocket, refusals: Refusals): void {
  const certificate = socket.getPeerCertificate();
  if (certificate?.raw === undefined) return;
  refusals.certificateRefused(codeOf(socket.authorizationError), certificate, socket.remoteAddress);
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

function openTls(
  credentials: TlsServerCredentials,
  { cert, key, passphrase }: NamedCertificate,
  whose: string,
  { tls, crypto, handshakeTimeoutMs, refusals, offersHttp1 }: TlsAcceptorSetup,
): Server {
  const { ca, requireClientCert, honorServerOrder, sessionTickets } = credentials;
  try {
    if (!belongTogether(crypto, { cert, key, passphrase })) throw new Error("key values mismatch");
    return tls.createServer({
      ...toSecureContextOptions({ ...credentials, cert, key, passphrase }),
      requestCert: ca !== undefined,
      rejectUnauthorized: requireClientCert,
      honorCipherOrder: honorServerOrder,
      ...chooseProtocol(
        offersHttp1 ? withHttp1 : http2Alone,
        requireClientCert ? refusals : undefined,
      ),
      handshakeTimeout: handshakeTimeoutMs,
      sessionTimeout: sessionTimeoutSeconds,
      ...(sessionTickets ? {} : { secureOptions: crypto.constants.SSL_OP_NO_TICKET }),
    });
  } catch (cause) {
    const error = new UsageError(
      `TLS certificate and key of ${whose} cannot be used: ${tlsErrorText(cause)}`,
    );
    error.cause = cause;
    throw error;
  }
}

const http2Alone: readonly string[] = ["h2"];
const withHttp1: readonly string[] = ["h2", "http/1.1"];

/** These two do not say whose ALPN they ask about. */
const saysWhose = !("Bun" in globalThis) && !("Deno" in globalThis);

/**
 * @param refusals who wants to know the certificate of a client before Node.js decides about it: the last occasion where
 * Node.js hands out the socket of a handshake is the choice of the protocol.
 */
function chooseProtocol(
  offered: readonly string[],
  refusals: Refusals | undefined,
): Pick<TlsOptions, "ALPNProtocols" | "ALPNCallback"> {
  if (refusals === undefined || !saysWhose) return { ALPNProtocols: [...offered] };
  return {
    ALPNCallback(this: unknown, { protocols }) {
      const socket = this as Partial<TLSSocket> | undefined;
      socket?.prependOnceListener?.("secure", () => refusals.noteCertificate(this as TLSSocket));
      return offered.find((name) => protocols.includes(name));
    },
  };
}
