// Version 1 of the PROXY protocol: one line of text.
import { isIPv4, isIPv6 } from "node:net";
import {
  incomplete,
  type ProxiedAddress,
  type ProxyHeader,
  type ProxyHeaderResult,
  toFault,
} from "./header.js";

/** The longest line, its end included (section 2.1 of the specification). */
const maxLineBytes = 107;

/** How each line begins. */
export const textSignature: Uint8Array = Buffer.from("PROXY ");

/** Reads a line that begins with the signature. */
export function parseTextHeader(bytes: Uint8Array): ProxyHeaderResult {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, maxLineBytes));
  const end = line.indexOf("\r\n");
  if (end < 0) {
    if (bytes.length < maxLineBytes) return incomplete;
    return toFault(`the line does not end within ${maxLineBytes} bytes`);
  }
  const words = line.toString("latin1", textSignature.length, end).split(" ");
  const header = words[0] === "UNKNOWN" ? toHeader(undefined, undefined) : readAddresses(words);
  if (typeof header === "string") return toFault(header);
  return { kind: "header", header, byteLength: end + 2 };
}

function readAddresses(words: readonly string[]): ProxyHeader | string {
  const [family, source = "", destination = "", sourcePort = "", destinationPort = ""] = words;
  const isAddress = { TCP4: isIPv4, TCP6: isIPv6 }[family ?? ""];
  if (isAddress === undefined) {
    return `the family is ${JSON.stringify(family)}, not TCP4, TCP6 or UNKNOWN`;
  }
  if (words.length !== 5) return `the line has ${words.length + 1} words, not 6`;
  const strange = [source, destination].find((text) => !isAddress(text) || text.includes("%"));
  if (strange !== undefined) return `${JSON.stringify(strange)} is no address of ${family}`;
  const strangePort = [sourcePort, destinationPort].find((text) => !isPort(text));
  if (strangePort !== undefined) return `${JSON.stringify(strangePort)} is no port`;
  return toHeader(
    { host: source.toLowerCase(), port: Number(sourcePort) },
    { host: destination.toLowerCase(), port: Number(destinationPort) },
  );
}

const isPort = (text: string): boolean =>
  /^(0|[1-9][0-9]{0,4})$/.test(text) && Number(text) < 65_536;

function toHeader(
  source: ProxiedAddress | undefined,
  destination: ProxiedAddress | undefined,
): ProxyHeader {
  return {
    version: 1,
    command: "PROXY",
    source,
    destination,
    fields: new Map(),
    alpn: undefined,
    authority: undefined,
    uniqueId: undefined,
    namespace: undefined,
    tls: undefined,
  };
}
