// What OpenSSL is to be told of credentials: the options of `tls.createSecureContext` of Node.js.
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

/** Bun and Deno have TLS of their own, which knows other names of suites, and has none that HTTP/2 must not use switched on. */
const hasOpenSsl = !("Bun" in globalThis) && !("Deno" in globalThis);

/** See the file's first line. */
export function toSecureContextOptions(material: Material): SecureContextSettings {
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
  const suites = material.cipherSuites ?? (hasOpenSsl ? defaultCipherSuites : undefined);
  if (suites !== undefined) settings.ciphers = suites.join(":");
  return settings;
}
