// Whether a private key belongs to a certificate: OpenSSL takes a certificate with a key of another kind without a word.
import { type Pem, toPemText } from "../../credentials/pem.js";
import type { Crypto } from "./certificate-facts.js";

/** A certificate and its private key. */
export interface KeyPair {
  /** The certificate, followed by the intermediate ones. */
  readonly cert: Pem;
  /** The private key. */
  readonly key: Pem;
  /** What `key` is encrypted with. */
  readonly passphrase?: string | undefined;
}

/** @throws Error when one of them cannot be read. */
export function belongTogether(crypto: Crypto, { cert, key, passphrase }: KeyPair): boolean {
  const pem = toPemText(key);
  const options = passphrase === undefined ? { key: pem } : { key: pem, passphrase };
  const certificate = new crypto.X509Certificate(toPemText(cert));
  return certificate.checkPrivateKey(crypto.createPrivateKey(options));
}
