// Makes throw-away certificates for TLS tests, without a tool outside of Node.js (RFC 5280 s4.1).
import {
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import {
  derBits,
  derInteger,
  derObjectId,
  derSequence,
  derText,
  derTime,
  derValue,
} from "./der.js";

/** A certificate and its private key, both PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** What is special about a certificate. */
export interface IssueOptions {
  /** When it begins to be valid, milliseconds since 1970. Default: an hour ago. */
  readonly validFromMs?: number;
  /** When it expires, milliseconds since 1970. Default: in an hour. */
  readonly validToMs?: number;
  /** The kind of its key. Default `"ec"`. */
  readonly keyType?: "ec" | "rsa";
}

/** What is special about a revocation list. */
export interface CrlOptions {
  /** When the next list is promised, milliseconds since 1970. Default: in an hour. */
  readonly nextUpdateMs?: number;
}

/** A certificate authority that exists for one test run. */
export interface Authority {
  /** The authority's own certificate, PEM: what the other side is to trust. */
  readonly cert: string;
  /**
   * Makes a certificate, valid for an hour, for both ends of a connection.
   *
   * @param commonName the subject
   * @param hosts names and IP addresses that it stands for, URIs behind `URI:`; empty for a client
   */
  issue(commonName: string, hosts?: readonly string[], options?: IssueOptions): Identity;
  /** Makes a list of certificates, PEM, that are revoked; PEM itself. */
  revoke(certificates: readonly string[], options?: CrlOptions): string;
  /** Makes an authority that this one vouches for. */
  delegate(commonName: string): Authority;
}

const ECDSA_SHA256 = derSequence(derObjectId("1.2.840.10045.4.3.2"));
const HOUR_MS = 3_600_000;
const TRUE = derValue(0x01, Buffer.from([0xff]));

interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

/** Who signs. */
export interface Issuer {
  readonly commonName: string;
  readonly privateKey: KeyObject;
}

function distinguishedName(commonName: string): Buffer {
  const attribute = derSequence(derObjectId("2.5.4.3"), derText(commonName));
  return derSequence(derValue(0x31, attribute));
}

function extension(id: string, value: Uint8Array, critical = false): Buffer {
  const flag = critical ? [TRUE] : [];
  return derSequence(derObjectId(id), ...flag, derValue(0x04, value));
}

function subjectAltName(hosts: readonly string[]): Buffer {
  const names = hosts.map((host) => {
    if (host.startsWith("URI:")) return derValue(0x86, Buffer.from(host.slice(4)));
    if (isIP(host) === 4) return derValue(0x87, Buffer.from(host.split(".").map(Number)));
    return derValue(0x82, Buffer.from(host));
  });
  return extension("2.5.29.17", derSequence(...names));
}

function toPem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

function signed(label: string, content: Buffer, issuer: Issuer): string {
  const signature = sign("sha256", content, issuer.privateKey);
  return toPem(label, derSequence(content, ECDSA_SHA256, derBits(signature)));
}

function certify(subject: Subject, issuer: Issuer, options: IssueOptions = {}): string {
  const { validFromMs = Date.now() - HOUR_MS, validToMs = Date.now() + HOUR_MS } = options;
  const content = derSequence(
    derValue(0xa0, derInteger(Buffer.from([2]))), // version 3
    derInteger(randomBytes(12)),
    ECDSA_SHA256,
    distinguishedName(issuer.commonName),
    derSequence(derTime(validFromMs), derTime(validToMs)),
    distinguishedName(subject.commonName),
    subject.publicKey.export({ type: "spki", format: "der" }),
    derValue(0xa3, derSequence(...subject.extensions)),
  );
  return signed("CERTIFICATE", content, issuer);
}

/** RFC 5280 s5.1, version 1. */
function listRevoked(
  certificates: readonly string[],
  issuer: Issuer,
  { nextUpdateMs = Date.now() + HOUR_MS }: CrlOptions,
): string {
  const since = derTime(Date.now() - HOUR_MS);
  const entries = certificates.map((pem) => {
    const { serialNumber } = new X509Certificate(pem);
    return derSequence(derInteger(Buffer.from(serialNumber, "hex")), since);
  });
  const content = derSequence(
    ECDSA_SHA256,
    distinguishedName(issuer.commonName),
    since,
    derTime(nextUpdateMs),
    ...(entries.length > 0 ? [derSequence(...entries)] : []),
  );
  return signed("X509 CRL", content, issuer);
}

function makeKeys(keyType: IssueOptions["keyType"]): {
  publicKey: KeyObject;
  privateKey: KeyObject;
} {
  return keyType === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048 })
    : generateKeyPairSync("ec", { namedCurve: "P-256" });
}

/**
 * Makes a new authority; nothing is kept on disk.
 * @param commonName its name; two of the same name are strangers all the same.
 * @param superior who vouches for it, if not itself.
 */
export function createAuthority(
  commonName = "Trunkline test authority",
  superior?: Issuer,
): Authority {
  const keys = makeKeys("ec");
  const issuer = { commonName, privateKey: keys.privateKey };
  const isAuthority = extension("2.5.29.19", derSequence(TRUE), true);
  const own = { ...issuer, publicKey: keys.publicKey, extensions: [isAuthority] };
  return {
    cert: certify(own, superior ?? issuer),
    issue(name, hosts = [], options = {}): Identity {
      const pair = makeKeys(options.keyType);
      const isNoAuthority = extension("2.5.29.19", derSequence(), true);
      const names = hosts.length > 0 ? [subjectAltName(hosts)] : [];
      const extensions = [isNoAuthority, ...names];
      const subject = { commonName: name, publicKey: pair.publicKey, extensions };
      return {
        cert: certify(subject, issuer, options),
        key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
    revoke: (certificates, options = {}) => listRevoked(certificates, issuer, options),
    delegate: (name) => createAuthority(name, issuer),
  };
}
