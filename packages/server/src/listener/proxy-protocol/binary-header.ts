// Version 2 of the PROXY protocol: a binary header with addresses and fields.
import { FieldType, hasRightChecksum, readFields, readTls, textOf } from "./fields.js";
import {
  incomplete,
  type ProxiedAddress,
  type ProxyHeader,
  type ProxyHeaderResult,
  toFault,
} from "./header.js";

/** How each header begins; no other protocol does. */
export const binarySignature: Uint8Array = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");

/** Signature, version and command, family and transport, length. */
const headBytes = 16;

/** How long the two addresses are, by family (the upper four bits). */
const addressBytes: readonly number[] = [0, 12, 36, 216];
const unixPathBytes = 108;
const stream = 1;

/**
 * Reads a header that begins with the signature.
 * @param maxBytes the longest header, signature included.
 */
export function parseBinaryHeader(bytes: Uint8Array, maxBytes: number): ProxyHeaderResult {
  if (bytes.length < headBytes) return incomplete;
  const versionAndCommand = bytes[12]!;
  if (versionAndCommand >>> 4 !== 2)
    return toFault(`the version is ${versionAndCommand >>> 4}, not 2`);
  const command = versionAndCommand & 0x0f;
  if (command > 1) return toFault(`the command is ${command}, not LOCAL (0) or PROXY (1)`);
  const byteLength = headBytes + ((bytes[14]! << 8) | bytes[15]!);
  if (byteLength > maxBytes) {
    return toFault(`the header has ${byteLength} bytes, more than maxHeaderBytes, ${maxBytes}`);
  }
  if (bytes.length < byteLength) return incomplete;
  // A copy that is no Buffer, whose `slice` would not copy.
  const header = readHeader(Uint8Array.from(bytes.subarray(0, byteLength)), command === 0);
  return typeof header === "string" ? toFault(header) : { kind: "header", header, byteLength };
}

function readHeader(bytes: Uint8Array, isLocal: boolean): ProxyHeader | string {
  const family = bytes[13]! >>> 4;
  const transport = bytes[13]! & 0x0f;
  const length = addressBytes[family];
  // Of LOCAL the family has to be ignored, whatever it is.
  if (!isLocal && (length === undefined || transport > 2)) {
    return `the family and transport are 0x${bytes[13]!.toString(16)}, which is none`;
  }
  const fieldsAt = headBytes + (length ?? 0);
  if (fieldsAt > bytes.length) {
    return isLocal ? toHeader("LOCAL", [], new Map()) : `the addresses are cut off`;
  }
  const isKnown = !isLocal && transport === stream && family > 0;
  // Without addresses that are understood it cannot be known where the fields begin.
  const fields = length === undefined ? new Map<number, Uint8Array>() : readFields(bytes, fieldsAt);
  if (typeof fields === "string") return fields;
  if (!hasRightChecksum(bytes, fieldsAt)) return "the checksum (CRC32C) is wrong";
  const addresses = isKnown ? readAddresses(bytes, family) : [];
  return toHeader(isLocal ? "LOCAL" : "PROXY", addresses, fields);
}

function toHeader(
  command: ProxyHeader["command"],
  [source, destination]: readonly ProxiedAddress[],
  fields: ReadonlyMap<number, Uint8Array>,
): ProxyHeader | string {
  const tls = readTls(fields.get(FieldType.SSL));
  if (typeof tls === "string") return tls;
  return {
    version: 2,
    command,
    source,
    destination,
    fields,
    alpn: textOf(fields, FieldType.ALPN),
    authority: textOf(fields, FieldType.AUTHORITY),
    uniqueId: fields.get(FieldType.UNIQUE_ID),
    namespace: textOf(fields, FieldType.NETNS),
    tls,
  };
}

function readAddresses(bytes: Uint8Array, family: number): ProxiedAddress[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (family === 3) {
    return [headBytes, headBytes + unixPathBytes].map((at) => readUnixPath(bytes, at));
  }
  const size = family === 1 ? 4 : 16;
  const format = family === 1 ? formatIpv4 : formatIpv6;
  return [0, 1].map((end) => ({
    host: format(view, headBytes + end * size),
    port: view.getUint16(headBytes + 2 * size + 2 * end),
  }));
}

function readUnixPath(bytes: Uint8Array, at: number): ProxiedAddress {
  const path = bytes.subarray(at, at + unixPathBytes);
  // An abstract name begins with an octet of 0 and has no end of its own.
  const end = path.indexOf(0, 1);
  const text = Buffer.from(path.subarray(0, end < 0 ? unixPathBytes : end)).toString();
  return { host: text === "\0" ? "" : text, port: undefined };
}

function formatIpv4(view: DataView, at: number): string {
  return [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join(".");
}

/** As RFC 5952 writes it. */
function formatIpv6(view: DataView, at: number): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(at + 2 * i).toString(16));
  if (groups.slice(0, 6).join() === "0,0,0,0,0,ffff") return `::ffff:${formatIpv4(view, at + 12)}`;
  const text = groups.join(":");
  const zeros = [...text.matchAll(/(?:^|:)0(?::0)+(?=:|$)/g)].map(([run]) => run);
  const longest = zeros.reduce((best, run) => (count(run) > count(best) ? run : best), "");
  return longest === "" ? text : text.replace(longest, () => "::").replace(/:{3,}/, "::");
}

const count = (run: string): number => run.split("0").length;
