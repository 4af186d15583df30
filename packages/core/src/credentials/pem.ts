// Certificates and keys as they are handed over: PEM text, or the bytes of a PEM file.
import { UsageError } from "../status/usage-error.js";

/** PEM text or the bytes of a PEM file; may hold several certificates. */
export type Pem = string | Uint8Array;

/** The TLS versions that may be asked for; HTTP/2 needs 1.2 (RFC 9113 s9.2). */
export type TlsVersion = "TLSv1.2" | "TLSv1.3";

/** @throws {UsageError} when `pem` is not PEM, naming `what` was to be taken from it. */
export function checkPem(what: string, pem: Pem): void {
  if (typeof pem !== "string" && !(pem instanceof Uint8Array)) {
    throw new UsageError(`TLS ${what} must be PEM text or bytes, not ${typeof pem}`);
  }
  const text = typeof pem === "string" ? pem : new TextDecoder().decode(pem);
  if (!/-----BEGIN [A-Z0-9 ]+-----/.test(text)) {
    throw new UsageError(
      `TLS ${what} is not PEM: no "-----BEGIN ...-----" line (${pem.length} bytes)`,
    );
  }
}

/** @throws {UsageError} when `version` is none of the versions that HTTP/2 may use. */
export function checkTlsVersion(version: string): void {
  if (version !== "TLSv1.2" && version !== "TLSv1.3") {
    throw new UsageError(`TLS version ${version} is not allowed: TLSv1.2 or TLSv1.3`);
  }
}
