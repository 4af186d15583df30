// Makes sure that a certificate belongs to the server that was meant: host name first, the application's own check second.
import type { PeerCertificate, TLSSocket } from "node:tls";
import { type ChannelCredentials, type TlsChannelCredentials, tlsInForce } from "@trunkline/core";
import type { ByteStream } from "@trunkline/http2";
import { hostOf } from "../../resolver/host-port.js";

type IdentityCheck = (host: string, certificate: PeerCertificate) => Error | undefined;

/** Node's check of the host name (RFC 6125), for the name that was meant rather than the one that was dialled. */
export function createIdentityCheck(name: string, check: IdentityCheck): IdentityCheck {
  return (_host, certificate) => check(name, certificate);
}

/**
 * The further check of the credentials. It comes after the handshake, so that it is never in the place
 * of the other checks, and never left out, not even for a resumed session.
 * @throws the error of the check.
 */
export function verifyFurther(
  socket: TLSSocket,
  name: string,
  credentials: TlsChannelCredentials,
): void {
  if (credentials.verifyServer === undefined) {
    return;
  }
  const { raw } = socket.getPeerCertificate();
  const error =
    raw === undefined
      ? new Error("the server showed no certificate")
      : credentials.verifyServer(name, raw);
  if (error !== undefined) {
    throw error;
  }
}

/** Why a connection may not be used for calls to an authority; undefined: it may. */
export type AuthorityCheck = (authority: string) => string | undefined;

/** Answers that are kept for each connection: authorities may come from strangers, through a proxy. */
const maxAnswers = 100;

/**
 * The check of authorities that single calls name: they go to the server that was dialled for another
 * one, so its certificate must speak for them as well.
 * @returns what makes the check of a stream, as `dial` gives it; undefined when no certificate is asked:
 * plaintext, credentials that check nothing, or that say themselves which name counts.
 */
export async function loadAuthorityCheck(
  credentials: ChannelCredentials,
): Promise<((stream: ByteStream) => AuthorityCheck) | undefined> {
  if (credentials.kind !== "tls") return undefined;
  const inForce = tlsInForce(credentials);
  if (!inForce.verify || inForce.serverName !== undefined) return undefined;
  const { checkServerIdentity } = await import("node:tls");
  return (stream) => {
    const socket = stream as unknown as TLSSocket;
    return remember((host) => findFault(socket, host, inForce, checkServerIdentity));
  };
}

function remember(findFaultOf: (host: string) => string | undefined): AuthorityCheck {
  const answers = new Map<string, string | undefined>();
  return (authority) => {
    if (!answers.has(authority)) {
      if (answers.size >= maxAnswers) answers.clear();
      answers.set(authority, findFaultOf(hostOf(authority)));
    }
    return answers.get(authority);
  };
}

function findFault(
  socket: TLSSocket,
  host: string,
  credentials: TlsChannelCredentials,
  check: IdentityCheck,
): string | undefined {
  const certificate = socket.getPeerCertificate();
  if (certificate?.raw === undefined) return "the server showed no certificate";
  return (check(host, certificate) ?? credentials.verifyServer?.(host, certificate.raw))?.message;
}
