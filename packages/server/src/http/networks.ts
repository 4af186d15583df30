// IP addresses and the networks that they are in.
import { BlockList, isIP, isIPv6 } from "node:net";
import { UsageError } from "@trunkline/core";

/** An address without its port and brackets, IPv4 in IPv6 as IPv4; undefined for what is no IP address. */
export function parseIp(address: string): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(address)?.[1] ?? address.replace(/^([^:]+):\d+$/, "$1");
  const ip = bare.replace(/%.*$/, "").replace(/^::ffff:(?=\d+\.)/i, "");
  return isIP(ip) === 0 ? undefined : ip;
}

/** The network of an address: IPv6 addresses are cut to `prefixBits`, for who has one has many (RFC 6177). */
export function networkOf(ip: string, prefixBits: number): string {
  if (!isIPv6(ip) || prefixBits === 128) return ip;
  const groups = expandIpv6(ip);
  const kept = groups.map((group, at) => {
    const bits = Math.min(16, Math.max(0, prefixBits - 16 * at));
    return group & (0xffff << (16 - bits)) & 0xffff;
  });
  const last = kept.findLastIndex((group) => group !== 0);
  const text = kept.slice(0, last + 1).map((group) => group.toString(16));
  return `${text.join(":")}${last < 7 ? "::" : ""}/${prefixBits}`;
}

function expandIpv6(ip: string): number[] {
  const [head = "", tail] = ip.split("::");
  const left = toGroups(head);
  const right = tail === undefined ? [] : toGroups(tail);
  const gap = new Array<number>(Math.max(0, 8 - left.length - right.length)).fill(0);
  return [...left, ...gap, ...right];
}

function toGroups(text: string): number[] {
  return text.split(":").flatMap((group) => {
    if (group === "") return [];
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [a * 256 + b, c * 256 + d];
  });
}

/** Addresses and networks: `10.0.0.0/8`, `fd00::/8`, `192.0.2.1`, and `unix` for unix-domain sockets. */
export class NetworkList {
  readonly #list = new BlockList();
  readonly #hasUnix: boolean;

  /** @throws {UsageError} for what is neither; `option` is what they were named for. */
  constructor(option: string, networks: readonly string[]) {
    this.#hasUnix = networks.includes("unix");
    for (const network of networks) if (network !== "unix") this.#add(option, network);
  }

  /** @param ip as `parseIp` gives it; undefined: the other end of a unix-domain socket. */
  has(ip: string | undefined): boolean {
    if (ip === undefined) return this.#hasUnix;
    return this.#list.check(ip, isIPv6(ip) ? "ipv6" : "ipv4");
  }

  #add(option: string, network: string): void {
    const [ip = "", bits] = network.split("/");
    const family = isIPv6(ip) ? "ipv6" : "ipv4";
    const most = family === "ipv6" ? 128 : 32;
    const prefix = bits === undefined ? most : /^\d+$/.test(bits) ? Number(bits) : -1;
    if (isIP(ip) === 0 || prefix < 0 || prefix > most) {
      throw new UsageError(
        `option ${option} has ${JSON.stringify(network)}, which is no address or network such as 10.0.0.0/8`,
      );
    }
    this.#list.addSubnet(ip, prefix, family);
  }
}
