// TLS over a connected socket: the handshake, HTTP/2 by ALPN, the identity of the server.
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import type { TlsChannelCredentials } from "@trunkline/core";
import { createIdentityCheck, verifyFurther } from "./server-identity.js";
import { untilConnected } from "./until-connected.js";

/** What TLS needs to know besides the address. */
export interface SecureOptions {
  /** Node.js takes a while to load it, so it is loaded when the first secure connection is made. */
  readonly tls: typeof import("node:tls");
  readonly credentials: TlsChannelCredentials;
  /** The name a certificate must carry unless the credentials name another. */
  readonly authorityHost: string;
  /** What is to be spoken over it. Default HTTP/2; "http/1.1" is for proxies. */
  readonly protocol?: "h2" | "http/1.1";
  readonly signal: AbortSignal;
}

/**
 * Speaks TLS over a connected socket; rejects, and destroys both, when that fails or the server is not the one meant.
 * @param peer who is at the other end, for errors.
 */
export async function secureSocket(
  duplex: Duplex,
  peer: string,
  { tls, credentials, authorityHost, signal, protocol = "h2" }: SecureOptions,
): Promise<Duplex> {
  const name = credentials.serverName ?? authorityHost;
  const checkServerIdentity = createIdentityCheck(name, tls.checkServerIdentity);
  const socket = tls.connect({
    ...toTlsOptions(duplex, credentials, name),
    ALPNProtocols: [protocol],
    checkServerIdentity,
  });
  socket.unref?.();
  try {
    await untilConnected(socket, "secureConnect", signal);
    if (protocol === "h2") requireHttp2(socket);
    verifyFurther(socket, name, credentials);
    return socket;
  } catch (error) {
    socket.destroy();
    duplex.destroy();
    throw explainTlsError(error as Error, peer, signal);
  }
}

function toTlsOptions(
  duplex: Duplex,
  credentials: TlsChannelCredentials,
  name: string,
): ConnectionOptions {
  const { ca, cert, key, passphrase, minVersion, verify } = credentials;
  return {
    socket: duplex,
    minVersion,
    rejectUnauthorized: verify,
    // SNI carries names only (RFC 6066 s3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(ca === undefined ? {} : { ca: toNodePem(ca) }),
    ...(cert === undefined ? {} : { cert: toNodePem(cert) }),
    ...(key === undefined ? {} : { key: toNodePem(key) }),
    ...(passphrase === undefined ? {} : { passphrase }),
  };
}

function toNodePem(pem: string | Uint8Array): string | Buffer {
  return typeof pem === "string" ? pem : Buffer.from(pem.buffer, pem.byteOffset, pem.byteLength);
}

/** RFC 9113 s3.2 */
function requireHttp2(socket: TLSSocket): void {
  if (socket.alpnProtocol !== "h2") {
    const chosen = socket.alpnProtocol ? `chose "${socket.alpnProtocol}"` : "chose no protocol";
    throw new Error(`the server does not speak HTTP/2: offered ALPN "h2", it ${chosen}`);
  }
}

function explainTlsError(error: Error, peer: string, signal: AbortSignal): Error {
  if (signal.aborted) {
    return error;
  }
  const code = (error as { code?: string }).code ?? "";
  let hint = "";
  if (code.includes("NO_APPLICATION_PROTOCOL")) {
    hint = "the server does not speak HTTP/2 (ALPN h2): ";
  } else if (code === "ERR_SSL_WRONG_VERSION_NUMBER" || code.includes("PACKET_LENGTH")) {
    hint = "the server does not seem to speak TLS: ";
  }
  return new Error(`TLS with ${peer} failed: ${hint}${error.message.trim()}`, {
    cause: error,
  });
}
