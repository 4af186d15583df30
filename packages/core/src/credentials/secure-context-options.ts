// What OpenSSL is to be told of credentials: the options of `tls.createSecureContext` of Node.js.
import { UsageError } from "../status/usage-error.js";
import { type Pem, toPemText } from "./pem.js";
import { defaultCipherSuites, type TlsPolicy } from "./tls-policy.js";

/** The options of `tls.createSecureContext` that credentials decide. */
export interface SecureContextSettings {
  /** The certificate and the intermediate ones, PEM. */
  cert?: string;
  /** Its private key, PEM. */
  key?: string;
  /** What the key is encrypted with. */
  passphrase?: string;
  /** The CAs that are trusted, PEM. */
  ca?: string;
  /** Revocation lists, PEM, one a text. */
  crl?: string[];
  /** The cipher suites of both versions, by OpenSSL's names. */
  ciphers?: string;
  /** The groups of the key exchange. */
  ecdhCurve?: string;
  /** The oldest version. */
  minVersion: TlsPolicy["minVersion"];
  /** The newest version. */
  maxVersion: TlsPolicy["maxVersion"];
}

interface Material extends TlsPolicy {
  readonly cert: Pem | undefined;
  readonly key: Pem | undefined;
  readonly passphrase?: string | undefined;
  readonly ca: Pem | undefined;
  readonly crl: readonly string[] | undefined;
}

const isBun = "Bun" in globalThis;
const isDeno = "Deno" in globalThis;

/**
 * Bun and Deno have TLS of their own, which takes these options and makes nothing of them: what is meant to protect must not
 * be passed over in silence.
 */
function refuseIgnored({ cipherSuites, groups, crl }: Material): void {
  const ignored = [
    (isBun || isDeno) && cipherSuites !== undefined && "cipherSuites",
    isDeno && groups !== undefined && "groups",
    isDeno && crl !== undefined && "crl",
  ].find((name) => name !== false);
  if (ignored === undefined) return;
  const runtime = isBun ? "Bun" : "Deno";
  throw new UsageError(`option ${ignored} of TLS cannot be used: ${runtime} makes nothing of it`);
}

/** @throws {UsageError} for options that the runtime passes over. */
export function toSecureContextOptions(material: Material): SecureContextSettings {
  refuseIgnored(material);
  const { cert, key, passphrase, ca, crl, groups } = material;
  const settings: SecureContextSettings = {
    minVersion: material.minVersion,
    maxVersion: material.maxVersion,
  };
  if (cert !== undefined) settings.cert = toPemText(cert);
  if (key !== undefined) settings.key = toPemText(key);
  if (passphrase !== undefined) settings.passphrase = passphrase;
  if (ca !== undefined) settings.ca = toPemText(ca);
  if (crl !== undefined) settings.crl = [...crl];
  if (groups !== undefined) settings.ecdhCurve = groups.join(":");
  const suites = material.cipherSuites ?? (isBun || isDeno ? undefined : defaultCipherSuites);
  if (suites !== undefined) settings.ciphers = suites.join(":");
  return settings;
}
