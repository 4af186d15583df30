// Splits `host:port` texts and recognises IP literals, without help from any runtime.
import { UsageError } from "@trunkline/core";

/** A host name or IP literal (brackets removed) with a port. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** The port of a target that names none (gRPC naming document). */
export const defaultPort = 443;

/**
 * Splits `host`, `host:port`, `1.2.3.4:port`, `[::1]` and `[::1]:port`.
 * @param where what the text is part of, for the error.
 * @throws {UsageError} when it is none of them or the port is not in 1..65535.
 */
export function parseHostPort(text: string, where: string): HostPort {
  const match = /^(?:\[([^[\]]+)\]|([^[\]:/?#\s@]+))(?::([^:]*))?$/.exec(text);
  if (match === null) {
    const hint =
      text.split(":").length > 2 ? "; write an IPv6 address in brackets, as [::1]:50051" : "";
    throw new UsageError(`target ${where}: "${text}" is not host:port${hint}`);
  }
  const bracketed = match[1];
  if (bracketed !== undefined && !isIpv6(bracketed)) {
    throw new UsageError(`target ${where}: "${bracketed}" is not an IPv6 address`);
  }
  const host = bracketed ?? match[2] ?? "";
  if (bracketed === undefined && /^[\d.]+$/.test(host) && !isIpv4(host)) {
    throw new UsageError(`target ${where}: "${host}" is not an IPv4 address`);
  }
  return { host, port: match[3] === undefined ? defaultPort : parsePort(match[3], where) };
}

/** The host of an authority: `users:443` to `users`, `[::1]:443` to `::1`. */
export function hostOf(authority: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d+)?$/.exec(authority);
  return match?.[1] ?? match?.[2] ?? authority;
}

/** `host:port` as an authority: IPv6 in brackets, and without a zone, which means nothing elsewhere (RFC 6874 s1). */
export function toAuthority(text: string): string {
  return (isIpv6(text) ? `[${text}]` : text).replace(/%[^\]]*\]/, "]");
}

function parsePort(text: string, where: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) {
    throw new UsageError(`target ${where}: port "${text}" is not a number from 1 to 65535`);
  }
  return port;
}

/** Whether the text is a dotted IPv4 address. */
export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return (
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)
  );
}

/** Whether the text is an IPv6 address (RFC 4291 s2.2), with or without a zone. */
export function isIpv6(text: string): boolean {
  const [address = "", zone, ...rest] = text.split("%");
  if (rest.length > 0 || zone === "") {
    return false;
  }
  const halves = address.split("::");
  if (halves.length > 2) {
    return false;
  }
  const left = countGroups(halves[0] ?? "", halves.length === 1);
  const right = halves.length === 2 ? countGroups(halves[1] ?? "", true) : 0;
  if (left < 0 || right < 0) {
    return false;
  }
  return halves.length === 2 ? left + right < 8 : left === 8;
}

/** How many 16-bit groups the half holds; -1 when it is malformed. */
function countGroups(half: string, mayEndInIpv4: boolean): number {
  if (half === "") {
    return 0;
  }
  const groups = half.split(":");
  const last = groups.at(-1) ?? "";
  const endsInIpv4 = last.includes(".");
  if (endsInIpv4 && !(mayEndInIpv4 && isIpv4(last))) {
    return -1;
  }
  const plain = endsInIpv4 ? groups.slice(0, -1) : groups;
  return plain.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? groups.length + (endsInIpv4 ? 1 : 0)
    : -1;
}

/** Whether the text is an IP address of either version. */
export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}
