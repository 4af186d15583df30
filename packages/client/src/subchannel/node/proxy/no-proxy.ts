// Lists of those who are reached directly, as NO_PROXY has them: names with their subdomains, addresses, networks, ports.
import { BlockList, isIP } from "node:net";
import { UsageError } from "@trunkline/core";

/** Whether a host with a port is on the list. */
export type NoProxyList = (host: string, port: number) => boolean;

type Entry = (host: string, port: number) => boolean;

/**
 * @param where whose list it is, for the error; undefined: entries that make no sense match nobody.
 * @throws {UsageError} for the first entry that makes no sense.
 */
export function parseNoProxy(entries: readonly string[], where?: string): NoProxyList {
  const parsed = entries.map((entry) => entry.trim().toLowerCase()).filter((entry) => entry !== "");
  const matchers = parsed.flatMap((entry) => {
    const matcher = parseEntry(entry);
    if (matcher === undefined && where !== undefined) {
      throw new UsageError(
        `${where}: "${entry}" is not a host, .domain, address, address/bits or *, each with or without :port`,
      );
    }
    return matcher ?? [];
  });
  return (host, port) => {
    const name = normalize(host);
    return matchers.some((matches) => matches(name, port));
  };
}

function normalize(host: string): string {
  return host.toLowerCase().replace(/\.$/, "").replace(/%.*$/, "");
}

function parseEntry(entry: string): Entry | undefined {
  if (entry === "*") return () => true;
  const match = /^(\[[^\]]+\]|[^:[\]\s]+)(?::(\d{1,5}))?$/.exec(entry);
  // IPv6 without brackets.
  if (match === null) return parseNetwork(entry);
  const [, host = "", port] = match;
  const bare = host.replace(/^\[|\]$/g, "");
  const matches =
    isIP(bare) !== 0 || bare.includes("/") ? parseNetwork(bare) : matchDomain(normalize(bare));
  if (matches === undefined || port === undefined) return matches;
  return (name, its) => its === Number(port) && matches(name, its);
}

/** `example.com` means it and all below it, `.example.com` and `*.example.com` only those below. */
function matchDomain(domain: string): Entry {
  const suffix = domain.replace(/^\*?\./, "");
  const isBelowOnly = suffix !== domain;
  return (name) =>
    isIP(name) === 0 && (name.endsWith(`.${suffix}`) || (!isBelowOnly && name === suffix));
}

function parseNetwork(text: string): Entry | undefined {
  const [address = "", bits, ...rest] = text.split("/");
  const version = isIP(address);
  const maxBits = version === 4 ? 32 : 128;
  const isNumber = bits === undefined || /^\d{1,3}$/.test(bits);
  if (version === 0 || rest.length > 0 || !isNumber || Number(bits ?? 0) > maxBits) {
    return undefined;
  }
  const network = new BlockList();
  network.addSubnet(address, Number(bits ?? maxBits), version === 4 ? "ipv4" : "ipv6");
  return (name) => {
    const its = isIP(name);
    return its !== 0 && network.check(name, its === 4 ? "ipv4" : "ipv6");
  };
}
