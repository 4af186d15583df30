// Makes sure that a certificate belongs to the server that was meant: host name first, the application's own check second.
import type { PeerCertificate, TLSSocket } from "node:tls";
import type { TlsChannelCredentials } from "@trunkline/core";

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
