// What happens to certificates while they are in use, for callbacks and the log.
import type { Log, LogFields } from "../../telemetry/log-port.js";
import type { CertificateFacts } from "./certificate-facts.js";

/** What happened to certificates that are in use. Nothing of a private key is ever in it. */
export type TlsEvent = TlsReloaded | TlsReloadFailed | TlsExpiring;

/** New certificates, keys, CAs or revocation lists are in force; new handshakes use them. */
export interface TlsReloaded {
  /** Tells the events apart. */
  readonly kind: "reloaded";
  /** The certificates that are shown to the other end, without the intermediate ones. */
  readonly certificates: readonly CertificateFacts[];
}

/** What is in the files cannot be used. What was in force before stays so. */
export interface TlsReloadFailed {
  /** Tells the events apart. */
  readonly kind: "reload-failed";
  /** What is wrong, with the file; one line. */
  readonly reason: string;
  /** The same, with its cause. */
  readonly error: Error;
}

/** A certificate or a revocation list expires soon, or has expired. */
export interface TlsExpiring {
  /** Tells the events apart. */
  readonly kind: "expiring" | "expired";
  /** A certificate of one's own (intermediate ones included), one that is trusted, or a revocation list. */
  readonly of: "certificate" | "ca" | "crl";
  /** Days that are left; 0 or fewer when it has expired. */
  readonly daysLeft: number;
  /** The time it expires, milliseconds since 1970. */
  readonly validToMs: number;
  /** The certificate; undefined for a revocation list. */
  readonly certificate: CertificateFacts | undefined;
}

/** Hears of events. What it throws is told to the log. */
export type TlsEventListener = (event: TlsEvent) => void;

/** Tells the log, and whoever listens. */
export function tellTlsEvent(
  event: TlsEvent,
  log: Log,
  listener: TlsEventListener | undefined,
): void {
  writeEvent(event, log);
  try {
    listener?.(event);
  } catch (error) {
    log.error("the listener for TLS events has failed", { error });
  }
}

function writeEvent(event: TlsEvent, log: Log): void {
  if (event.kind === "reloaded") {
    const [first] = event.certificates;
    log.info("TLS certificates were reloaded", first === undefined ? {} : describe(first));
  } else if (event.kind === "reload-failed") {
    const { reason } = event;
    log.error("TLS files cannot be used; what was in force stays so", { reason });
  } else writeExpiry(event, log);
}

function writeExpiry({ kind, of, daysLeft, validToMs, certificate }: TlsExpiring, log: Log): void {
  const what = of === "crl" ? "a revocation list" : of === "ca" ? "the CA" : "the certificate";
  const fields: LogFields =
    certificate === undefined
      ? { validTo: new Date(validToMs).toISOString() }
      : describe(certificate);
  if (kind === "expired") log.error(`${what} has expired`, fields);
  else log.warn(`${what} expires soon`, { daysLeft: Math.floor(daysLeft * 10) / 10, ...fields });
}

function describe(certificate: CertificateFacts): LogFields {
  const { subject, issuer, serialNumber, subjectAltName, validToMs } = certificate;
  const validTo = new Date(validToMs).toISOString();
  return { subject, subjectAltName, issuer, serialNumber, validTo };
}
