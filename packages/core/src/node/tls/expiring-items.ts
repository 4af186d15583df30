// What of a set of credentials expires, and when.
import { type Pem, toPemText } from "../../credentials/pem.js";
import {
  type CertificateFacts,
  type Crypto,
  readCertificates,
  readCrl,
} from "./certificate-facts.js";
import type { Expiring } from "./expiry-watch.js";
import type { TlsExpiring } from "./tls-events.js";

/** A certificate, or a revocation list, of credentials that are in use. */
export interface ExpiringItem extends Expiring {
  readonly of: TlsExpiring["of"];
  readonly certificate: CertificateFacts | undefined;
}

/** Credentials of either end, as far as they expire. */
export interface ExpiringCredentials {
  readonly cert?: Pem | undefined;
  readonly ca?: Pem | undefined;
  readonly crl?: readonly string[] | undefined;
  readonly certificates?: readonly { readonly cert: Pem }[] | undefined;
}

/** What to warn of. */
export interface ExpiryOptions {
  /**
   * Days before the end at which it is told that a certificate expires; those that are longer than its whole life are
   * passed over. Default `[30, 7, 1]`; empty: only when it has.
   */
  readonly expiryWarningDays?: readonly number[] | undefined;
  /** Whether the CAs that are trusted are watched over as well. Default false: bundles of CAs have some that are old. */
  readonly warnOfCas?: boolean | undefined;
}

const dayMs = 86_400_000;

/** The certificates that are shown to the other end, the first of each chain. */
export function ownCertificates(
  crypto: Crypto,
  { cert, certificates = [] }: ExpiringCredentials,
): CertificateFacts[] {
  const own = [cert, ...certificates.map((one) => one.cert)].filter((pem) => pem !== undefined);
  return own.flatMap((pem) => readCertificates(crypto, pem).slice(0, 1));
}

/** @throws Error when a certificate cannot be read. */
export function listExpiring(
  crypto: Crypto,
  credentials: ExpiringCredentials,
  { expiryWarningDays: warnDays = [30, 7, 1], warnOfCas = false }: ExpiryOptions,
): ExpiringItem[] {
  const { cert, ca, crl = [], certificates = [] } = credentials;
  const own = [cert, ...certificates.map((one) => one.cert)].filter((pem) => pem !== undefined);
  const toItem =
    (of: TlsExpiring["of"]) =>
    (certificate: CertificateFacts): ExpiringItem => {
      const { fingerprint256, validFromMs, validToMs } = certificate;
      // What lives for hours is replaced all the time: that it ends within a day is nothing to be told of.
      const days = warnDays.filter((one) => one * dayMs < validToMs - validFromMs);
      return { id: `${of} ${fingerprint256}`, of, validToMs, warnDays: days, certificate };
    };
  const certificateItems = own
    .flatMap((pem) => readCertificates(crypto, pem))
    .map(toItem("certificate"));
  const cas = warnOfCas && ca !== undefined ? readCertificates(crypto, toPemText(ca)) : [];
  // Lists live for hours or days: that one ends soon is nothing to be told of.
  const lists = crl.map((pem): ExpiringItem => {
    const { fingerprint256, nextUpdateMs = Number.POSITIVE_INFINITY } = readCrl(crypto, pem);
    const id = `crl ${fingerprint256}`;
    return { id, of: "crl", validToMs: nextUpdateMs, warnDays: [], certificate: undefined };
  });
  return [...certificateItems, ...cas.map(toItem("ca")), ...lists];
}
