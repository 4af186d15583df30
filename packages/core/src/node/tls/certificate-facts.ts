// What certificates and revocation lists say of themselves, for events and logs.
import { splitPem, toPemText } from "../../credentials/pem.js";

/** The crypto module of the runtime; it takes a while to load, so it is loaded where it is needed. */
export type Crypto = typeof import("node:crypto");

/** What a certificate says. */
export interface CertificateFacts {
  /** Whom it is for, most specific name first: `CN=users,O=Example`. */
  readonly subject: string;
  /** Who has signed it. */
  readonly issuer: string;
  /** The names that it stands for, as `DNS:users.example, IP Address:10.0.0.1`; undefined without any. */
  readonly subjectAltName: string | undefined;
  /** The number that its CA gave it, in hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 of it, in hexadecimal with colons. */
  readonly fingerprint256: string;
  /** From when on it is valid, milliseconds since 1970. */
  readonly validFromMs: number;
  /** Until when it is valid, milliseconds since 1970. */
  readonly validToMs: number;
}

/** What a revocation list says. */
export interface CrlFacts {
  /** SHA-256 of it, in hexadecimal. */
  readonly fingerprint256: string;
  /** When its CA promises a newer one, milliseconds since 1970: from then on it is worth nothing; undefined: never. */
  readonly nextUpdateMs: number | undefined;
}

/** The certificates in a PEM text, in their order. @throws Error when one cannot be read. */
export function readCertificates(crypto: Crypto, pem: string | Uint8Array): CertificateFacts[] {
  return splitPem(pem, "(?:TRUSTED |X509 )?CERTIFICATE").map((block) => {
    const certificate = new crypto.X509Certificate(block);
    return {
      subject: toOneLine(certificate.subject),
      issuer: toOneLine(certificate.issuer),
      subjectAltName: certificate.subjectAltName,
      serialNumber: certificate.serialNumber,
      fingerprint256: certificate.fingerprint256,
      validFromMs: Date.parse(certificate.validFrom),
      validToMs: Date.parse(certificate.validTo),
    };
  });
}

/** OpenSSL writes one attribute a line, the most general one first. */
function toOneLine(name: string | undefined): string {
  return (name ?? "").split("\n").reverse().join(",");
}

/** @param pem one list. @throws Error when it cannot be read. */
export function readCrl(crypto: Crypto, pem: string): CrlFacts {
  const der = Buffer.from(toPemText(pem).replace(/-----[^-]+-----/g, ""), "base64");
  const fingerprint256 = crypto.createHash("sha256").update(der).digest("hex");
  return { fingerprint256, nextUpdateMs: readNextUpdate(der) };
}

const integer = 0x02;
const utcTime = 0x17;
const generalizedTime = 0x18;

interface Value {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

/** RFC 5280 s5.1: `[version] algorithm issuer thisUpdate [nextUpdate] ...` */
function readNextUpdate(der: Buffer): number | undefined {
  const list = readValue(der, readValue(der, 0).from);
  let at = list.from;
  const next = (): Value => {
    const value = readValue(der, at);
    at = value.to;
    return value;
  };
  if (readValue(der, at).tag === integer) next();
  next(); // the algorithm
  next(); // the issuer
  next(); // thisUpdate
  if (at >= list.to) return undefined;
  const { tag, from, to } = readValue(der, at);
  return tag === utcTime || tag === generalizedTime
    ? readTime(der.toString("latin1", from, to), tag)
    : undefined;
}

function readValue(der: Buffer, at: number): Value {
  const tag = der.readUInt8(at);
  const first = der.readUInt8(at + 1);
  const sizeBytes = first < 128 ? 0 : first & 0x7f;
  const size = sizeBytes === 0 ? first : der.readUIntBE(at + 2, sizeBytes);
  const from = at + 2 + sizeBytes;
  if (from + size > der.length) throw new Error("the revocation list is cut off");
  return { tag, from, to: from + size };
}

/** `YYMMDDhhmmssZ` of the years 1950 to 2049, or `YYYYMMDDhhmmssZ` (RFC 5280 s4.1.2.5). */
function readTime(text: string, tag: number): number {
  const isShort = tag === utcTime;
  const century = isShort ? (Number(text.slice(0, 2)) < 50 ? "20" : "19") : "";
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(century + text) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}
