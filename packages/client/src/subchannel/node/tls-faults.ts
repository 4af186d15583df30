// What goes wrong with TLS, in words: the cause, the cure, and the certificate that it is about.
import type { PeerCertificate } from "node:tls";
import { formatSubject } from "@trunkline/core";

const unknownCa =
  "none of the CAs that are trusted here has signed the server's certificate: is `ca` the CA of this server, and does the server send the intermediate certificates?";
const unwantedCertificate =
  "the server does not accept the client's certificate: is it of a CA that the server trusts, for clients, in force and not revoked?";

/** By what OpenSSL and Node.js call them. */
const faults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED:
    "the server's certificate, or that of its CA, has expired: renew it, or set the clock",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet: is the clock right?",
  CERT_REVOKED: "the server's certificate has been revoked by its CA: the server needs a new one",
  CERT_SIGNATURE_FAILURE:
    "another CA, of the same name as one that is trusted here, has signed the server's certificate",
  CRL_HAS_EXPIRED: "the revocation list of the server's CA has expired: give a newer `crl`",
  CRL_SIGNATURE_FAILURE: "the revocation list is not signed by the CA whose name it bears",
  UNABLE_TO_GET_CRL:
    "there is no revocation list for one of the CAs of the server's certificate: `crl` must have one of each",
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "the server's certificate is signed by itself: trust it by name (`ca`), or give the server one of a CA",
  SELF_SIGNED_CERT_IN_CHAIN: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT: unknownCa,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownCa,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownCa,
  INVALID_PURPOSE: "the server's certificate is not one for servers (extended key usage)",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "the server's certificate is for other names: set `serverName` or `authority` to one of them, or add the name to the certificate",
  NO_APPLICATION_PROTOCOL:
    "the server does not speak HTTP/2 (ALPN h2): is it a gRPC server, or a proxy without HTTP/2?",
  WRONG_VERSION_NUMBER:
    "the server does not seem to speak TLS: use plaintext credentials, or another port",
  PACKET_LENGTH_TOO_LONG:
    "the server does not seem to speak TLS: use plaintext credentials, or another port",
  PROTOCOL_VERSION:
    "the two have no TLS version in common: see `minVersion` and `maxVersion` on both ends",
  UNSUPPORTED_PROTOCOL:
    "the two have no TLS version in common: see `minVersion` and `maxVersion` on both ends",
  HANDSHAKE_FAILURE:
    "the server has ended the handshake: are there cipher suites and groups that both have, and does it want a client certificate?",
  UNRECOGNIZED_NAME:
    "the server has no certificate for the name that it was asked for: see `serverName` and `authority`",
  CERTIFICATE_REQUIRED:
    "the server requires a client certificate: give `cert` and `key` to the channel's credentials",
  BAD_CERTIFICATE: unwantedCertificate,
  UNKNOWN_CA: unwantedCertificate,
  CERTIFICATE_EXPIRED: "the client's certificate has expired, says the server: renew it",
  CERTIFICATE_REVOKED: "the client's certificate has been revoked, says the server",
  CERTIFICATE_UNKNOWN: unwantedCertificate,
  ACCESS_DENIED: unwantedCertificate,
};

/** OpenSSL's codes have the version in front: `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`, `ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE` (`SSL/TLS` in OpenSSL 3.5). */
const bare = /^ERR_SSL_(?:(?:TLSV1|TLSV11|TLSV12|TLSV13|SSLV3|SSL|SSL\/TLS)_)?(?:ALERT_)?/;

/** The cause and the cure of an error of TLS; undefined for what is none, or not known. */
export function explainTlsFault(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" ? faults[code.replace(bare, "")] : undefined;
}

/** Which certificate it is about, for an error text; empty without one. */
export function describeCertificate(
  certificate: Partial<PeerCertificate> | null | undefined,
): string {
  if (certificate?.raw === undefined) return "";
  const { subject, issuer, valid_from, valid_to, subjectaltname } = certificate;
  const names = subjectaltname === undefined ? "" : ` for ${subjectaltname.slice(0, 300)}`;
  return ` (certificate ${formatSubject(subject) || "without a subject"}${names}, signed by ${formatSubject(issuer)}, valid from ${valid_from} to ${valid_to})`;
}
