// Which versions, cipher suites and groups TLS may use, the same on both ends.
import { UsageError } from "../status/usage-error.js";
import { checkTlsVersion, type TlsVersion } from "./pem.js";

/** What `TlsServerOptions` and `TlsChannelOptions` say of versions and algorithms. */
export interface TlsPolicyOptions {
  /** The oldest TLS version that is accepted. `"TLSv1.3"` refuses everything older. Default `"TLSv1.2"`. */
  readonly minVersion?: TlsVersion | undefined;
  /** The newest TLS version that is offered, not older than `minVersion`. Default `"TLSv1.3"`. */
  readonly maxVersion?: TlsVersion | undefined;
  /**
   * The cipher suites that may be used, the preferred one first: those of TLS 1.3 as `"TLS_AES_128_GCM_SHA256"`, those of
   * TLS 1.2 by their IANA or OpenSSL names. Of a version of which none is named, all of `defaultCipherSuites` stay. Those
   * that RFC 9113 appendix A forbids are a `UsageError`. Default: `defaultCipherSuites`.
   */
  readonly cipherSuites?: readonly string[] | undefined;
  /**
   * The groups (curves) for the key exchange, the preferred one first, by OpenSSL's names: `["X25519", "P-256"]`. One that
   * the runtime does not know is told by `listen`, and by the first connection of a channel. Default: those of the runtime.
   */
  readonly groups?: readonly string[] | undefined;
}

/** Versions and algorithms, checked. */
export interface TlsPolicy {
  /** The oldest TLS version that is accepted. */
  readonly minVersion: TlsVersion;
  /** The newest TLS version that is offered. */
  readonly maxVersion: TlsVersion;
  /** The cipher suites by OpenSSL's names; undefined: `defaultCipherSuites`. */
  readonly cipherSuites: readonly string[] | undefined;
  /** The groups of the key exchange; undefined: those of the runtime. */
  readonly groups: readonly string[] | undefined;
}

const tls13Suites: readonly string[] = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
];

/** The suites of TLS 1.2 that have ephemeral keys and authenticated encryption, by IANA's name and OpenSSL's. */
const tls12Suites: ReadonlyMap<string, string> = new Map([
  ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"],
  ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
  ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"],
  ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
  ["TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"],
  ["TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"],
]);

const openSslNames: ReadonlySet<string> = new Set(tls12Suites.values());

/** What is offered and accepted unless `cipherSuites` says otherwise, by OpenSSL's names, the preferred one first. */
export const defaultCipherSuites: readonly string[] = Object.freeze([
  ...tls13Suites,
  ...openSslNames,
]);

/** Fills in the defaults. @throws {UsageError} naming what cannot be used. */
export function readTlsPolicy(options: TlsPolicyOptions): TlsPolicy {
  const { minVersion = "TLSv1.2", maxVersion = "TLSv1.3", cipherSuites, groups } = options;
  checkTlsVersion(minVersion);
  checkTlsVersion(maxVersion);
  if (minVersion > maxVersion) {
    throw new UsageError(`option minVersion is ${minVersion}, newer than maxVersion ${maxVersion}`);
  }
  if (groups !== undefined) checkNames("groups", groups);
  const suites = cipherSuites && readSuites(cipherSuites);
  return { minVersion, maxVersion, cipherSuites: suites, groups };
}

/** Names go to OpenSSL as one text: what separates them there must not be in one. */
function checkNames(option: string, names: readonly string[]): void {
  if (!Array.isArray(names) || names.length === 0) {
    throw new UsageError(`option ${option} must be a list of names that is not empty`);
  }
  const bad = names.find((name) => typeof name !== "string" || !/^[A-Za-z0-9_-]+$/.test(name));
  if (bad !== undefined) throw new UsageError(`option ${option} has "${String(bad)}": not a name`);
}

function readSuites(names: readonly string[]): readonly string[] {
  checkNames("cipherSuites", names);
  const chosen = names.map(toOpenSslName);
  const has13 = chosen.some((name) => name.startsWith("TLS_"));
  const has12 = chosen.some((name) => !name.startsWith("TLS_"));
  return [...(has13 ? [] : tls13Suites), ...chosen, ...(has12 ? [] : openSslNames)];
}

function toOpenSslName(name: string): string {
  const known = tls12Suites.get(name) ?? name;
  if (openSslNames.has(known) || /^TLS_(AES|CHACHA20)_[A-Z0-9_]+$/.test(known)) return known;
  throw new UsageError(
    `option cipherSuites has ${name}: not a suite of TLS 1.3, nor one of TLS 1.2 that HTTP/2 may use (RFC 9113 appendix A)`,
  );
}
