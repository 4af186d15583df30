// The fields behind the addresses of a PROXY protocol header of version 2: type, length, value.
import { crc32c } from "./crc32c.js";
import type { ProxiedTls } from "./header.js";

/** Types of fields (section 2.2 of the specification). */
export const FieldType = {
  ALPN: 0x01,
  AUTHORITY: 0x02,
  CRC32C: 0x03,
  UNIQUE_ID: 0x05,
  SSL: 0x20,
  NETNS: 0x30,
} as const;

/** What is inside of `FieldType.SSL`. */
const TlsField = { VERSION: 0x21, CN: 0x22, CIPHER: 0x23, SIG_ALG: 0x24, KEY_ALG: 0x25 } as const;

/** Bits of the first octet of `FieldType.SSL`. */
const usesTls = 0x01;
const certificateOnConnection = 0x02;
const certificateInSession = 0x04;

/**
 * Splits `bytes`, from `offset` on, into fields. The values are copies.
 * @returns what is wrong, as a text, where a field is cut off.
 */
export function readFields(bytes: Uint8Array, offset: number): Map<number, Uint8Array> | string {
  const fields = new Map<number, Uint8Array>();
  let at = offset;
  while (at < bytes.length) {
    if (at + 3 > bytes.length) return "a field is cut off in its head";
    const length = (bytes[at + 1]! << 8) | bytes[at + 2]!;
    const end = at + 3 + length;
    if (end > bytes.length) {
      return `the field of type 0x${bytes[at]!.toString(16)} has ${length} bytes, of which ${bytes.length - at - 3} are there`;
    }
    fields.set(bytes[at]!, bytes.slice(at + 3, end));
    at = end;
  }
  return fields;
}

/** Whether the checksum among the fields, if there is one, is that of the whole header. */
export function hasRightChecksum(header: Uint8Array, fieldsAt: number): boolean {
  let at = fieldsAt;
  while (at + 3 <= header.length) {
    const length = (header[at + 1]! << 8) | header[at + 2]!;
    if (header[at] === FieldType.CRC32C) {
      if (length !== 4) return false;
      const copy = header.slice();
      copy.fill(0, at + 3, at + 7);
      return new DataView(header.buffer, header.byteOffset).getUint32(at + 3) === crc32c(copy);
    }
    at += 3 + length;
  }
  return true;
}

const decoder = new TextDecoder();

/** A field as text; undefined where it is missing. */
export function textOf(fields: ReadonlyMap<number, Uint8Array>, type: number): string | undefined {
  const value = fields.get(type);
  return value === undefined ? undefined : decoder.decode(value);
}

/** What the proxy says about TLS; undefined where the client did not use it. @returns a text when it is cut off. */
export function readTls(value: Uint8Array | undefined): ProxiedTls | string | undefined {
  if (value === undefined) return undefined;
  if (value.length < 5) return `the field about TLS has ${value.length} bytes, not 5 or more`;
  const client = value[0]!;
  if ((client & usesTls) === 0) return undefined;
  const fields = readFields(value, 5);
  if (typeof fields === "string") return `within the field about TLS, ${fields}`;
  const hasCertificate = (client & certificateOnConnection) !== 0;
  const hasSessionCertificate = (client & certificateInSession) !== 0;
  const isGood = new DataView(value.buffer, value.byteOffset).getUint32(1) === 0;
  return {
    hasCertificate,
    hasSessionCertificate,
    verified: isGood && (hasCertificate || hasSessionCertificate),
    version: textOf(fields, TlsField.VERSION),
    commonName: textOf(fields, TlsField.CN),
    cipher: textOf(fields, TlsField.CIPHER),
    signatureAlgorithm: textOf(fields, TlsField.SIG_ALG),
    keyAlgorithm: textOf(fields, TlsField.KEY_ALG),
  };
}
