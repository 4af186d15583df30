// How a server protects its connections.
import { UsageError } from "../status/usage-error.js";
import { checkPem, type Pem, readCrls } from "./pem.js";
import type { PlaintextCredentials } from "./plaintext.js";
import { ReloadableTls } from "./reloadable-tls.js";
import { readTlsPolicy, type TlsPolicy, type TlsPolicyOptions } from "./tls-policy.js";

/** What a server listens with. */
export type ServerCredentials =
  | PlaintextCredentials
  | TlsServerCredentials
  | ReloadableTlsServerCredentials;

/** A certificate and the names of the server that it is shown for. */
export interface NamedCertificate {
  /** The certificate, followed by the intermediate ones. */
  readonly cert: Pem;
  /** The private key of `cert`. */
  readonly key: Pem;
  /** What `key` is encrypted with. Default: it is not. */
  readonly passphrase?: string | undefined;
  /**
   * The names that clients ask for (SNI) to be shown it: `users.example`, or `*.users.example` for every name with one label
   * more; in any case. Default: the DNS names in the certificate.
   */
  readonly serverNames?: readonly string[] | undefined;
}

/**
 * What becomes of clients that ask for a name that no certificate is for: `"default"` shows them `cert` as it is shown to
 * clients that name no server, `"refuse"` ends the handshake with the alert `unrecognized_name` (RFC 6066 s3).
 */
export type UnknownServerName = "default" | "refuse";

/** TLS on a server, every default filled in. */
export interface TlsServerCredentials extends TlsPolicy {
  /** Tells these credentials from plaintext. */
  readonly kind: "tls";
  /** The server's certificate, followed by the intermediate ones. */
  readonly cert: Pem;
  /** The private key of `cert`. */
  readonly key: Pem;
  /** What `key` is encrypted with, if it is. */
  readonly passphrase: string | undefined;
  /** The certificates for other names than those of `cert`. */
  readonly certificates: readonly NamedCertificate[];
  /** What becomes of clients that ask for other names. */
  readonly unknownServerName: UnknownServerName;
  /** The CAs that client certificates are checked against; undefined: none is asked for. */
  readonly ca: Pem | undefined;
  /** The revocation lists that client certificates are checked against, one a text; undefined: none are. */
  readonly crl: readonly string[] | undefined;
  /** true: a client without a certificate from one of the CAs is turned away during the handshake. */
  readonly requireClientCert: boolean;
  /** true: of the suites that both ends have, the one that this end prefers is taken. */
  readonly honorServerOrder: boolean;
  /** Whether clients may resume a session instead of a full handshake. */
  readonly sessionTickets: boolean;
}

/** Credentials of a server that can be replaced while it runs. */
export type ReloadableTlsServerCredentials = ReloadableTls<TlsServerCredentials, TlsServerOptions>;

/** What `tlsServerCredentials` takes. */
export interface TlsServerOptions extends TlsPolicyOptions {
  /** The server's certificate, followed by the intermediate ones: shown to clients that name no server, too. */
  readonly cert: Pem;
  /** The private key of `cert`. */
  readonly key: Pem;
  /** What `key` is encrypted with. Default: it is not. */
  readonly passphrase?: string | undefined;
  /** Further certificates, for clients that ask for other names (SNI). Default: none. */
  readonly certificates?: readonly NamedCertificate[] | undefined;
  /** What becomes of clients that ask for a name that no certificate is for. Default `"default"`. */
  readonly unknownServerName?: UnknownServerName | undefined;
  /** The CAs that client certificates are checked against. Default: clients are not asked for one. */
  readonly ca?: Pem | undefined;
  /**
   * Revocation lists; a PEM text may hold several. Then a client certificate is believed only if every CA of its chain has
   * a list here that is in force, and the list does not name it; needs `ca`. Default: none, nothing is revoked.
   */
  readonly crl?: Pem | readonly Pem[] | undefined;
  /** Whether clients must show a certificate. Default: true when there is a `ca`, else false. */
  readonly requireClientCert?: boolean | undefined;
  /** Whether the order of `cipherSuites` here counts, rather than that of the client. Default true. */
  readonly honorServerOrder?: boolean | undefined;
  /**
   * Whether clients may resume sessions with tickets, for 5 minutes. A ticket is as good as the certificate check of the
   * handshake that it came from. Each change of the credentials makes all earlier tickets worthless. Default: true without
   * a `ca`, false with one, so that each connection has its certificate checked.
   */
  readonly sessionTickets?: boolean | undefined;
}

/**
 * TLS for a server; mutual TLS when there is a `ca`.
 * @throws {UsageError} when certificate, key or CA is not PEM, when client certificates are required and there is no `ca`
 * to check them against, or when another option cannot be used.
 * @example
 * const files = await loadTlsFiles({ cert: "server.pem", key: "server.key" });
 * await server.listen({ port: 50051, credentials: tlsServerCredentials(files) });
 */
export function tlsServerCredentials(options: TlsServerOptions): TlsServerCredentials {
  const { cert, key, ca, passphrase, certificates = [] } = options;
  const { honorServerOrder = true, unknownServerName = "default" } = options;
  checkPair("server", options);
  for (const [index, one] of certificates.entries()) checkNamed(`certificates[${index}]`, one);
  if (unknownServerName !== "default" && unknownServerName !== "refuse") {
    throw new UsageError(
      `option unknownServerName is ${String(unknownServerName)}; it must be "default" or "refuse"`,
    );
  }
  const requireClientCert = checkClientCerts(options);
  return Object.freeze({
    kind: "tls",
    cert,
    key,
    passphrase,
    certificates,
    unknownServerName,
    ca,
    crl: readCrls(options.crl),
    requireClientCert,
    honorServerOrder,
    sessionTickets: options.sessionTickets ?? ca === undefined,
    ...readTlsPolicy(options),
  });
}

/**
 * As `tlsServerCredentials`, for certificates that are replaced while the server runs: by `update` of what it returns.
 * `watchTlsServerCredentials` takes them from files and does that by itself.
 * @throws {UsageError} as `tlsServerCredentials` does.
 * @example
 * const credentials = reloadableTlsServerCredentials({ cert, key });
 * await server.listen({ port: 50051, credentials });
 * credentials.update({ cert: nextCert, key: nextKey });
 */
export function reloadableTlsServerCredentials(
  options: TlsServerOptions,
): ReloadableTlsServerCredentials {
  return new ReloadableTls(options, tlsServerCredentials);
}

/** @returns whether clients must show a certificate. */
function checkClientCerts({ ca, crl, requireClientCert }: TlsServerOptions): boolean {
  if (ca !== undefined) checkPem("client CA", ca);
  else if (requireClientCert === true) {
    throw new UsageError("requireClientCert needs a ca to check client certificates against");
  } else if (crl !== undefined) {
    throw new UsageError("crl needs a ca: client certificates are not asked for");
  }
  return requireClientCert ?? ca !== undefined;
}

function checkPair(whose: string, { cert, key }: NamedCertificate): void {
  checkPem(`${whose} certificate`, cert);
  checkPem(`${whose} key`, key);
}

function checkNamed(whose: string, named: NamedCertificate): void {
  checkPair(whose, named);
  const bad = named.serverNames?.find((name) => !isServerName(name));
  if (bad !== undefined) {
    throw new UsageError(
      `option ${whose}.serverNames has "${String(bad)}"; it must be a host name, or "*." and one`,
    );
  }
}

function isServerName(name: unknown): boolean {
  return typeof name === "string" && /^(\*\.)?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/.test(name);
}
