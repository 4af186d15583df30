// TLS over a connected socket: the handshake, HTTP/2 by ALPN, the identity of the server.
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, PeerCertificate, SecureContext, TLSSocket } from "node:tls";
import {
  ReloadableTls,
  type ReloadableTlsChannelCredentials,
  type TlsChannelCredentials,
  tlsInForce,
  toSecureContextOptions,
  UsageError,
} from "@trunkline/core";
import { createIdentityCheck, verifyFurther } from "./server-identity.js";
import { describeCertificate, explainTlsFault, tlsErrorText } from "./tls-faults.js";
import { untilConnected } from "./until-connected.js";

type Tls = typeof import("node:tls");

/** What TLS needs to know besides the address. */
export interface SecureOptions {
  /** Node.js takes a while to load it, so it is loaded when the first secure connection is made. */
  readonly tls: Tls;
  readonly credentials: TlsChannelCredentials | ReloadableTlsChannelCredentials;
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
  { tls, credentials: given, authorityHost, signal, protocol = "h2" }: SecureOptions,
): Promise<Duplex> {
  const credentials = tlsInForce(given);
  const name = credentials.serverName ?? authorityHost;
  let shown: PeerCertificate | undefined;
  let socket: TLSSocket | undefined;
  try {
    watchChanges(tls, given);
    socket = tls.connect({
      ...toTlsOptions(tls, duplex, credentials, name),
      ALPNProtocols: [protocol],
      checkServerIdentity: createIdentityCheck(name, tls.checkServerIdentity),
    });
    const connecting = socket.unref?.() ?? socket;
    // Before Node.js decides about it: afterwards the certificate that it has refused is gone.
    connecting.prependOnceListener("secure", () => {
      shown = connecting.getPeerCertificate();
    });
    await untilConnected(connecting, "secureConnect", signal);
    if (protocol === "h2") requireHttp2(connecting);
    verifyFurther(connecting, name, credentials);
    return connecting;
  } catch (error) {
    socket?.destroy();
    duplex.destroy();
    if (signal.aborted) throw error;
    throw describeFailure(error as Error, `${peer}${name === "" ? "" : ` as ${name}`}`, shown);
  }
}

/** Made once for each set of credentials: it takes far longer than the rest of what we do for a connection. */
const contexts = new WeakMap<TlsChannelCredentials, SecureContext>();

/** @throws {UsageError} when certificate, key, CA or another setting cannot be used. */
function contextOf(tls: Tls, credentials: TlsChannelCredentials): SecureContext {
  let context = contexts.get(credentials);
  if (context === undefined) {
    context = createContext(tls, credentials);
    contexts.set(credentials, context);
  }
  return context;
}

function createContext(tls: Tls, credentials: TlsChannelCredentials): SecureContext {
  try {
    return tls.createSecureContext(toSecureContextOptions(credentials));
  } catch (cause) {
    const reason = tlsErrorText(cause as Error);
    const error = new UsageError(`the channel's TLS credentials cannot be used: ${reason}`);
    error.cause = cause;
    throw error;
  }
}

const watched = new WeakSet<object>();

/** From the first connection on, changes that OpenSSL would not take are refused when they are made. */
function watchChanges(tls: Tls, credentials: SecureOptions["credentials"]): void {
  if (!(credentials instanceof ReloadableTls) || watched.has(credentials)) return;
  watched.add(credentials);
  credentials.adopt((next) => {
    contextOf(tls, next);
    return undefined;
  });
}

function toTlsOptions(
  tls: Tls,
  duplex: Duplex,
  credentials: TlsChannelCredentials,
  name: string,
): ConnectionOptions {
  return {
    socket: duplex,
    // Runtimes that make nothing of the context find the same among the options.
    ...toSecureContextOptions(credentials),
    secureContext: contextOf(tls, credentials),
    rejectUnauthorized: credentials.verify,
    // SNI carries names only (RFC 6066 s3).
    ...(isIP(name) === 0 ? { servername: name } : {}),
  };
}

/** RFC 9113 s3.2 */
function requireHttp2(socket: TLSSocket): void {
  if (socket.alpnProtocol !== "h2") {
    const chosen = socket.alpnProtocol ? `chose "${socket.alpnProtocol}"` : "chose no protocol";
    throw new Error(`the server does not speak HTTP/2: offered ALPN "h2", it ${chosen}`);
  }
}

function describeFailure(
  error: Error,
  peer: string,
  certificate: PeerCertificate | undefined,
): Error {
  const fault = explainTlsFault(error);
  const code = (error as { code?: string }).code ?? "";
  const text = tlsErrorText(error);
  const what = fault === undefined ? text : `${fault} [${code.includes("ALTNAME") ? text : code}]`;
  // A certificate has nothing to do with what the peer said of the protocol.
  const about = code.startsWith("ERR_SSL") ? "" : describeCertificate(certificate);
  return new Error(`TLS with ${peer} failed: ${what}${about}`, { cause: error });
}
