// TLS over a connected socket: the handshake, HTTP/2 by ALPN, the identity of the server.
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import type { ConnectionOptions, PeerCertificate, SecureContext, TLSSocket } from "node:tls";
import {
  isReloadable,
  type ReloadableTlsChannelCredentials,
  type TlsChannelCredentials,
  tlsErrorText,
  tlsInForce,
  toSecureContextOptions,
  UsageError,
} from "@trunkline/core";
import { belongTogether } from "@trunkline/core/node";
import { createIdentityCheck, verifyFurther } from "./server-identity.js";
import { describeCertificate, explainTlsFault } from "./tls-faults.js";
import { untilConnected } from "./until-connected.js";

/** Node.js takes a while to load them, so that is done when the first secure connection is made. */
export interface TlsModules {
  readonly tls: typeof import("node:tls");
  readonly crypto: typeof import("node:crypto");
}

/** See `TlsModules`. */
export async function loadTlsModules(): Promise<TlsModules> {
  const [tls, crypto] = await Promise.all([import("node:tls"), import("node:crypto")]);
  return { tls, crypto };
}

/** What TLS needs to know besides the address. */
export interface SecureOptions {
  readonly modules: TlsModules;
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
  { modules, credentials: given, authorityHost, signal, protocol = "h2" }: SecureOptions,
): Promise<Duplex> {
  const credentials = tlsInForce(given);
  const name = credentials.serverName ?? authorityHost;
  let shown: PeerCertificate | undefined;
  let socket: TLSSocket | undefined;
  try {
    watchChanges(modules, given);
    const { tls } = modules;
    socket = tls.connect({
      ...toTlsOptions(modules, duplex, credentials, name),
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
function contextOf(modules: TlsModules, credentials: TlsChannelCredentials): SecureContext {
  let context = contexts.get(credentials);
  if (context === undefined) {
    context = createContext(modules, credentials);
    contexts.set(credentials, context);
  }
  return context;
}

function createContext(
  { tls, crypto }: TlsModules,
  credentials: TlsChannelCredentials,
): SecureContext {
  const { cert, key, passphrase } = credentials;
  try {
    if (cert !== undefined && key !== undefined) {
      const fits = belongTogether(crypto, { cert, key, passphrase });
      if (!fits) throw new Error("key values mismatch");
    }
    return tls.createSecureContext(toSecureContextOptions(credentials));
  } catch (cause) {
    const reason = tlsErrorText(cause);
    const error = new UsageError(`the channel's TLS credentials cannot be used: ${reason}`);
    error.cause = cause;
    throw error;
  }
}

const watched = new WeakSet<object>();

/** From the first connection on, changes that OpenSSL would not take are refused when they are made. */
function watchChanges(modules: TlsModules, credentials: SecureOptions["credentials"]): void {
  if (!isReloadable(credentials) || watched.has(credentials)) return;
  watched.add(credentials);
  credentials.adopt((next) => {
    contextOf(modules, next);
    return undefined;
  });
}

function toTlsOptions(
  modules: TlsModules,
  duplex: Duplex,
  credentials: TlsChannelCredentials,
  name: string,
): ConnectionOptions {
  return {
    socket: duplex,
    // Runtimes that make nothing of the context find the same among the options.
    ...toSecureContextOptions(credentials),
    secureContext: contextOf(modules, credentials),
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
