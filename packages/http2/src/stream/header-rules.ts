// The rules of RFC 9113 s8 for requests, responses and trailers, applied to a decoded header list.
import type { DecodedHeaderList } from "../hpack/header-list.js";
import { HeaderFacts } from "./header-facts.js";

/** One bit per pseudo-header field that has been seen. */
const Pseudo = { METHOD: 1, SCHEME: 2, PATH: 4, AUTHORITY: 8, STATUS: 16 } as const;

const pseudoBits: ReadonlyMap<string, number> = new Map([
  [":method", Pseudo.METHOD],
  [":scheme", Pseudo.SCHEME],
  [":path", Pseudo.PATH],
  [":authority", Pseudo.AUTHORITY],
  [":status", Pseudo.STATUS],
]);

/** Fields that speak about an HTTP/1.1 connection and have no meaning here (RFC 9113 s8.2.2). */
const connectionSpecific: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
]);

/** What one pass over a list has found. */
interface Findings {
  fault: string | undefined;
  seen: number;
  regular: boolean;
  method: string;
  path: string;
  status: number;
  contentLength: number;
}

/** The facts about a list, from its own memory when it has been looked at before. */
export function headerFacts(list: DecodedHeaderList): HeaderFacts {
  list.facts ??= workOutFacts(list);
  return list.facts;
}

function workOutFacts(list: DecodedHeaderList): HeaderFacts {
  const found: Findings = {
    fault: list.invalidReason,
    seen: 0,
    regular: false,
    method: "",
    path: "",
    status: 0,
    contentLength: -1,
  };
  const { fields } = list;
  for (let i = 0; i < fields.length && found.fault === undefined; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    if (name.charCodeAt(0) === 0x3a) found.fault = notePseudo(found, name, value);
    else found.fault = noteRegular(found, name, value);
  }
  return new HeaderFacts(
    [found.fault ?? requestFault(found), found.fault ?? responseFault(found), trailersFault(found)],
    found.contentLength,
    found.status,
  );
}

function notePseudo(found: Findings, name: string, value: string): string | undefined {
  const bit = pseudoBits.get(name);
  if (bit === undefined) return `pseudo-header field ${name} is not known`;
  if (found.regular) return `pseudo-header field ${name} follows a regular field`;
  if (found.seen & bit) return `pseudo-header field ${name} appears twice`;
  found.seen |= bit;
  if (bit === Pseudo.METHOD) found.method = value;
  else if (bit === Pseudo.PATH) found.path = value;
  else if (bit === Pseudo.STATUS) found.status = /^[1-9][0-9][0-9]$/.test(value) ? +value : 0;
  return undefined;
}

function noteRegular(found: Findings, name: string, value: string): string | undefined {
  found.regular = true;
  if (name === "content-length") return noteContentLength(found, value);
  if (name === "te") return value === "trailers" ? undefined : `te is "${value}", not "trailers"`;
  return connectionSpecific.has(name) ? `connection-specific field ${name}` : undefined;
}

/** RFC 9110 s8.6: digits only; repeated values must agree. */
function noteContentLength(found: Findings, value: string): string | undefined {
  if (!/^[0-9]{1,15}$/.test(value)) return `content-length "${value}" is not a number`;
  if (found.contentLength >= 0 && found.contentLength !== +value) {
    return `content-length is both ${found.contentLength} and ${value}`;
  }
  found.contentLength = +value;
  return undefined;
}

/** RFC 9113 s8.3.1 and, for CONNECT, s8.5. */
function requestFault(found: Findings): string | undefined {
  const { seen } = found;
  if (seen & Pseudo.STATUS) return "a request with :status";
  if (!(seen & Pseudo.METHOD)) return "a request without :method";
  if (found.method === "CONNECT") {
    const right = seen === (Pseudo.METHOD | Pseudo.AUTHORITY);
    return right ? undefined : "CONNECT needs :authority and neither :scheme nor :path";
  }
  if (!(seen & Pseudo.SCHEME)) return "a request without :scheme";
  if (found.path === "") return "a request without :path";
  return undefined;
}

/** RFC 9113 s8.3.2; 101 has no meaning in HTTP/2 (s8.6). */
function responseFault(found: Findings): string | undefined {
  if (found.seen !== Pseudo.STATUS) return "a response needs :status and no other pseudo-header";
  if (found.status === 0) return "the response's :status is not a number of three digits";
  return found.status === 101 ? "a response with status 101" : undefined;
}

/** RFC 9113 s8.1: trailers carry no pseudo-header fields. Their content-length says nothing about the body. */
function trailersFault(found: Findings): string | undefined {
  if (found.fault !== undefined) return found.fault;
  return found.seen === 0 ? undefined : "trailers with a pseudo-header field";
}

/** The size of a list as SETTINGS_MAX_HEADER_LIST_SIZE counts it (RFC 9113 s6.5.2). */
export function headerListBytes(fields: readonly string[]): number {
  let size = fields.length * 16;
  for (let i = 0; i < fields.length; i++) size += fields[i]!.length;
  return size;
}
