// How a channel protects its connections and makes sure of the server.
import { UsageError } from "../status/usage-error.js";
import { checkPem, type Pem, readCrls } from "./pem.js";
import type { PlaintextCredentials } from "./plaintext.js";
import { ReloadableTls } from "./reloadable-tls.js";
import { readTlsPolicy, type TlsPolicy, type TlsPolicyOptions } from "./tls-policy.js";

/** What a channel connects with. */
export type ChannelCredentials =
  | PlaintextCredentials
  | TlsChannelCredentials
  | ReloadableTlsChannelCredentials;

/** Credentials of channels that can be replaced while they are in use. */
export type ReloadableTlsChannelCredentials = ReloadableTls<
  TlsChannelCredentials,
  TlsChannelOptions
>;

/**
 * A check of the server's certificate beyond the usual one: pinning, for instance. It runs after
 * chain and host name were found good, never in their place.
 * @param serverName the name that the certificate was checked against.
 * @param certificate the server's certificate in DER.
 * @returns an error to refuse the connection; undefined to accept it.
 */
export type VerifyServer = (serverName: string, certificate: Uint8Array) => Error | undefined;

/** TLS on a channel, every default filled in. */
export interface TlsChannelCredentials extends TlsPolicy {
  /** Tells these credentials from plaintext. */
  readonly kind: "tls";
  /** The CAs that the server's certificate is checked against; undefined: those of the runtime. */
  readonly ca: Pem | undefined;
  /** The revocation lists that the server's certificate is checked against, one a text; undefined: none are. */
  readonly crl: readonly string[] | undefined;
  /** The client's certificate for mutual TLS, followed by the intermediate ones. */
  readonly cert: Pem | undefined;
  /** The private key of `cert`. */
  readonly key: Pem | undefined;
  /** What `key` is encrypted with, if it is. */
  readonly passphrase: string | undefined;
  /** The name to ask for (SNI) and to find in the certificate; undefined: the host of the target. */
  readonly serverName: string | undefined;
  /** false: any server is believed. Two channels that differ here must not share a connection. */
  readonly verify: boolean;
  /** A further check of the server's certificate; undefined: none. */
  readonly verifyServer: VerifyServer | undefined;
}

/** What `tlsChannelCredentials` takes. */
export interface TlsChannelOptions extends TlsPolicyOptions {
  /** The CAs that the server's certificate is checked against. Default: those that the runtime trusts. */
  readonly ca?: Pem | undefined;
  /**
   * Revocation lists; a PEM text may hold several. Then a server is believed only if every CA of its chain has a list here
   * that is in force, and the list does not name it. Default: none, nothing is revoked.
   */
  readonly crl?: Pem | readonly Pem[] | undefined;
  /** The client's certificate, for mutual TLS; needs `key`. Default: none. */
  readonly cert?: Pem | undefined;
  /** The private key of `cert`. */
  readonly key?: Pem | undefined;
  /** What `key` is encrypted with. Default: it is not. */
  readonly passphrase?: string | undefined;
  /** The name to ask for (SNI) and to find in the certificate. Default: the host of the target. */
  readonly serverName?: string | undefined;
  /**
   * Whether the server's certificate is checked, chain and host name. Default true. With false anybody
   * in the middle can read and change the calls: for tests only.
   */
  readonly verify?: boolean | undefined;
  /** A further check of the server's certificate. Default: none. */
  readonly verifyServer?: VerifyServer | undefined;
}

/**
 * TLS for a channel; mutual TLS when there are `cert` and `key`.
 * @throws {UsageError} when certificate, key or CA is not PEM, or when only one of `cert` and `key` is
 * there.
 * @example
 * const channel = createChannel("dns:///users:443", { credentials: tlsChannelCredentials() });
 */
export function tlsChannelCredentials(options: TlsChannelOptions = {}): TlsChannelCredentials {
  const { ca, cert, key, passphrase, serverName, verifyServer, verify = true } = options;
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? "cert" : "key";
    throw new UsageError(`a client certificate needs both cert and key; ${missing} is missing`);
  }
  checkIfPresent("CA", ca);
  checkIfPresent("client certificate", cert);
  checkIfPresent("client key", key);
  return Object.freeze({
    kind: "tls",
    ca,
    crl: readCrls(options.crl),
    cert,
    key,
    passphrase,
    serverName,
    verify,
    verifyServer,
    ...readTlsPolicy(options),
  });
}

/**
 * As `tlsChannelCredentials`, for certificates that are replaced while channels use them: by `update` of what it returns.
 * `watchTlsChannelCredentials` takes them from files and does that by itself.
 * @throws {UsageError} as `tlsChannelCredentials` does.
 * @example
 * const credentials = reloadableTlsChannelCredentials({ ca, cert, key });
 * const channel = createChannel("dns:///users:443", { credentials });
 * credentials.update({ cert: nextCert, key: nextKey });
 */
export function reloadableTlsChannelCredentials(
  options: TlsChannelOptions = {},
): ReloadableTlsChannelCredentials {
  return new ReloadableTls(options, tlsChannelCredentials);
}

function checkIfPresent(what: string, pem: Pem | undefined): void {
  if (pem !== undefined) {
    checkPem(what, pem);
  }
}
