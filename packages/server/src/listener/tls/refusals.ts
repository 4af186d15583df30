// Counts and tells the handshakes that failed: who, which certificate, and why; never what is secret.
import type { Socket } from "node:net";
import type { PeerCertificate, TLSSocket } from "node:tls";
import { formatSubject, type Log, type LogFields } from "@trunkline/core";
import type { ListenerCounters } from "../listener-counters.js";

/** A certificate, and whose it is. */
interface ShownCertificate {
  readonly certificate: Partial<PeerCertificate> | null;
  readonly peer: string | undefined;
}

/** Lines of this kind in a minute; strangers must not be able to fill the log. */
const mostLinesAMinute = 20;

/** See the file's first line. */
export class Refusals {
  readonly #log: Log;
  readonly #counters: ListenerCounters;
  /** The certificates of handshakes that are not over: Node.js forgets them before it says that it has refused one. */
  readonly #shown = new WeakMap<object, ShownCertificate>();
  #minute = 0;
  #lines = 0;

  constructor(log: Log, counters: ListenerCounters) {
    this.#log = log;
    this.#counters = counters;
  }

  /** Keeps the client's certificate until it is known whether it is accepted. */
  noteCertificate(socket: TLSSocket): void {
    const certificate = socket.getPeerCertificate();
    this.#shown.set(socket, { certificate, peer: socket.remoteAddress });
  }

  /** A handshake has failed, or the client's certificate was refused after it. */
  handshakeFailed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    if (isHandshakeTimeout(error)) this.#counters.handshakeTimeouts++;
    else this.#counters.tlsFailures++;
    const { authorizationError } = socket;
    if (authorizationError == null) {
      const fields = { peer: socket.remoteAddress, reason: reasonOf(error) };
      this.#log.debug("a TLS handshake has failed", fields);
      return;
    }
    const { certificate, peer } = this.#shown.get(socket) ?? {
      certificate: socket.getPeerCertificate(),
      peer: socket.remoteAddress,
    };
    this.certificateRefused(codeOf(authorizationError), certificate, peer);
  }

  /** Says whose certificate is not believed, and why. */
  certificateRefused(
    code: string,
    certificate: Partial<PeerCertificate> | null,
    peer: string | undefined,
  ): void {
    if (!this.#mayWrite()) return;
    this.#log.warn("a client's certificate is not believed", {
      peer,
      reason: certificateFaults[code] ?? code,
      ...describe(certificate),
    });
  }

  /** A client has asked for a server that is not here. */
  nameRefused(serverName: string, socket: Socket): void {
    this.#counters.tlsFailures++;
    if (!this.#mayWrite()) return;
    const fields = { peer: socket.remoteAddress, serverName: serverName.slice(0, 255) };
    this.#log.warn("a TLS client asks for a server name that no certificate is for", fields);
  }

  #mayWrite(): boolean {
    const minute = Math.floor(performance.now() / 60_000);
    if (minute !== this.#minute) this.#lines = 0;
    this.#minute = minute;
    this.#lines++;
    return this.#lines <= mostLinesAMinute;
  }
}

/** Deno gives this error no code. */
function isHandshakeTimeout({ code, message }: NodeJS.ErrnoException): boolean {
  return code === "ERR_TLS_HANDSHAKE_TIMEOUT" || message === "TLS handshake timeout";
}

/** Node.js has it as a code, Bun as an error with one. */
export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? error);
}

/** OpenSSL's text has its own source files in it. */
function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  return code ?? message.split("\n", 1)[0]!;
}

function describe(certificate: Partial<PeerCertificate> | null): LogFields {
  if (certificate?.raw === undefined) return {};
  return {
    subject: formatSubject(certificate.subject),
    issuer: formatSubject(certificate.issuer),
    serialNumber: certificate.serialNumber,
    validFrom: certificate.valid_from,
    validTo: certificate.valid_to,
  };
}

/** What OpenSSL finds wrong with a certificate, in words. */
const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_REVOKED: "it has been revoked",
  CERT_SIGNATURE_FAILURE: "another CA of the same name has signed it",
  CRL_HAS_EXPIRED: "the revocation list of its CA has expired",
  CRL_SIGNATURE_FAILURE: "the revocation list of its CA is not signed by that CA",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself",
  INVALID_PURPOSE: "it is not one for clients",
  SELF_SIGNED_CERT_IN_CHAIN: "its CA is not among those that are trusted here",
  UNABLE_TO_GET_CRL: "there is no revocation list of its CA",
  UNABLE_TO_GET_ISSUER_CERT: "its CA is not among those that are trusted here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its CA is not among those that are trusted here",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its CA is not among those that are trusted here",
};
