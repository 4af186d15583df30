// Makes throw-away certificates for TLS tests, without a tool outside of Node.js (RFC 5280 s4.1).
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
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
  issue(commonName: string, hosts?: readonly string[]): Identity;
}

const ECDSA_SHA256 = derSequence(derObjectId("1.2.840.10045.4.3.2"));
const HOUR_MS = 3_600_000;
const TRUE = derValue(0x01, Buffer.from([0xff]));

interface Subject {
  readonly commonName: string;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

interface Issuer {
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

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function certify(subject: Subject, issuer: Issuer): string {
  const now = Date.now();
  const content = derSequence(
    derValue(0xa0, derInteger(Buffer.from([2]))), // version 3
    derInteger(randomBytes(12)),
    ECDSA_SHA256,
    distinguishedName(issuer.commonName),
    derSequence(derTime(now - HOUR_MS), derTime(now + HOUR_MS)),
    distinguishedName(subject.commonName),
    subject.publicKey.export({ type: "spki", format: "der" }),
    derValue(0xa3, derSequence(...subject.extensions)),
  );
  const signature = sign("sha256", content, issuer.privateKey);
  return toPem(derSequence(content, ECDSA_SHA256, derBits(signature)));
}

/** Makes a new authority; nothing is kept on disk. */
export function createAuthority(): Authority {
  const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = { commonName: "Trunkline test authority", privateKey: keys.privateKey };
  const isAuthority = extension("2.5.29.19", derSequence(TRUE), true);
  const own = { ...issuer, publicKey: keys.publicKey, extensions: [isAuthority] };
  return {
    cert: certify(own, issuer),
    issue(commonName: string, hosts: readonly string[] = []): Identity {
      const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
      const isNoAuthority = extension("2.5.29.19", derSequence(), true);
      const names = hosts.length > 0 ? [subjectAltName(hosts)] : [];
      const extensions = [isNoAuthority, ...names];
      return {
        cert: certify({ commonName, publicKey: pair.publicKey, extensions }, issuer),
        key: pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      };
    },
  };
}
