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
  if (!/-----BEGIN [A-Z0-9 ]+-----/.test(toPemText(pem))) {
    throw new UsageError(
      `TLS ${what} is not PEM: no "-----BEGIN ...-----" line (${pem.length} bytes)`,
    );
  }
}

/** PEM is ASCII. */
export function toPemText(pem: Pem): string {
  return typeof pem === "string" ? pem : new TextDecoder().decode(pem);
}

/** The blocks of one kind, `CERTIFICATE` or `X509 CRL`, each with its first and last line, in the order of the text. */
export function splitPem(pem: Pem, label: string): string[] {
  const block = new RegExp(`-----BEGIN ${label}-----[^-]*-----END ${label}-----`, "g");
  return toPemText(pem).match(block) ?? [];
}

/**
 * The revocation lists in one or several texts, each by itself.
 * @throws {UsageError} for a text without any.
 */
export function readCrls(crl: Pem | readonly Pem[] | undefined): readonly string[] | undefined {
  if (crl === undefined) return undefined;
  const texts = typeof crl === "string" || crl instanceof Uint8Array ? [crl] : crl;
  return texts.flatMap((text) => {
    checkPem("CRL", text);
    const lists = splitPem(text, "X509 CRL");
    if (lists.length > 0) return lists;
    throw new UsageError(`TLS CRL has no "-----BEGIN X509 CRL-----" line (${text.length} bytes)`);
  });
}

/** @throws {UsageError} when `version` is none of the versions that HTTP/2 may use. */
export function checkTlsVersion(version: string): void {
  if (version !== "TLSv1.2" && version !== "TLSv1.3") {
    throw new UsageError(`TLS version ${version} is not allowed: TLSv1.2 or TLSv1.3`);
  }
}
