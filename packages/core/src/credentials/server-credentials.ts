// How a server protects its connections.
import { UsageError } from "../status/usage-error.js";
import { checkPem, checkTlsVersion, type Pem, type TlsVersion } from "./pem.js";
import type { PlaintextCredentials } from "./plaintext.js";

/** What a server listens with. */
export type ServerCredentials = PlaintextCredentials | TlsServerCredentials;

/** TLS on a server, every default filled in. */
export interface TlsServerCredentials {
  /** Tells these credentials from plaintext. */
  readonly kind: "tls";
  /** The server's certificate, followed by the intermediate ones. */
  readonly cert: Pem;
  /** The private key of `cert`. */
  readonly key: Pem;
  /** What `key` is encrypted with, if it is. */
  readonly passphrase: string | undefined;
  /** The CAs that client certificates are checked against; undefined: none is asked for. */
  readonly ca: Pem | undefined;
  /** true: a client without a certificate from one of the CAs is turned away during the handshake. */
  readonly requireClientCert: boolean;
  /** The oldest TLS version that is accepted. */
  readonly minVersion: TlsVersion;
}

/** What `tlsServerCredentials` takes. */
export interface TlsServerOptions {
  /** The server's certificate, followed by the intermediate ones. */
  readonly cert: Pem;
  /** The private key of `cert`. */
  readonly key: Pem;
  /** What `key` is encrypted with. Default: it is not. */
  readonly passphrase?: string | undefined;
  /** The CAs that client certificates are checked against. Default: clients are not asked for one. */
  readonly ca?: Pem | undefined;
  /** Whether clients must show a certificate. Default: true when there is a `ca`, else false. */
  readonly requireClientCert?: boolean | undefined;
  /** The oldest TLS version that is accepted. Default `"TLSv1.2"`. */
  readonly minVersion?: TlsVersion | undefined;
}

/**
 * TLS for a server; mutual TLS when there is a `ca`.
 * @throws {UsageError} when certificate, key or CA is not PEM, or when client certificates are required
 * and there is no `ca` to check them against.
 * @example
 * const files = await loadTlsFiles({ cert: "server.pem", key: "server.key" });
 * await server.listen({ port: 50051, credentials: tlsServerCredentials(files) });
 */
export function tlsServerCredentials(options: TlsServerOptions): TlsServerCredentials {
  const { cert, key, ca, passphrase, minVersion = "TLSv1.2" } = options;
  const requireClientCert = options.requireClientCert ?? ca !== undefined;
  checkPem("server certificate", cert);
  checkPem("server key", key);
  if (ca !== undefined) {
    checkPem("client CA", ca);
  } else if (requireClientCert) {
    throw new UsageError("requireClientCert needs a ca to check client certificates against");
  }
  checkTlsVersion(minVersion);
  return Object.freeze({ kind: "tls", cert, key, passphrase, ca, requireClientCert, minVersion });
}
