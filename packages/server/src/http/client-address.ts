// The address of the client of a call, also behind proxies, but only behind those that are trusted.
import { checkArray, UsageError } from "@trunkline/core";
import type { ServerCall } from "../dispatch/server-call.js";
import { NetworkList, networkOf, parseIp } from "./networks.js";
import type { ClientPeer } from "./peer.js";

/** Options of `byAddress`. */
export interface AddressOptions {
  /**
   * Proxies whose `x-forwarded-for` is believed: addresses, networks (`10.0.0.0/8`, `fd00::/8`), and `unix` for whoever
   * connects by a unix-domain socket. Default: none; then that field is not even read.
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /**
   * How much of an IPv6 address counts, in bits, 1 to 128: who has one address of a network usually has them all.
   * Default 64.
   */
  readonly ipv6PrefixBits?: number | undefined;
}

/** What is known of a connection. */
interface KnownPeer {
  readonly key: string;
  readonly isTrusted: boolean;
}

/**
 * Counts calls by the address they come from: `address:192.0.2.1`, `address:2001:db8::/64`. Calls of connections that
 * have no address are counted together.
 *
 * Of a trusted proxy, `x-forwarded-for` is read from its end: the last address that is no trusted proxy is the client, for
 * what stands before it the client may have written itself. PROXY protocol needs nothing here: the listener has put the
 * address into `call.peer`.
 * @throws {UsageError} for a network that is none, or a number of bits out of its range.
 */
export function byAddress(options: AddressOptions = {}): (call: ServerCall) => string | undefined {
  checkArray("trustedProxies", options.trustedProxies);
  const { trustedProxies = [], ipv6PrefixBits = 64 } = options;
  if (!Number.isInteger(ipv6PrefixBits) || ipv6PrefixBits < 1 || ipv6PrefixBits > 128) {
    throw new UsageError(
      `option ipv6PrefixBits must be a whole number from 1 to 128, not ${String(ipv6PrefixBits)}`,
    );
  }
  const trusted = new NetworkList("trustedProxies", trustedProxies);
  const peers = new WeakMap<ClientPeer, KnownPeer>();
  const toKey = (ip: string): string => `address:${networkOf(ip, ipv6PrefixBits)}`;
  const describe = (peer: ClientPeer): KnownPeer => {
    const ip = parseIp(peer.address);
    const known = {
      key: ip === undefined ? `address:${peer.address}` : toKey(ip),
      isTrusted:
        trustedProxies.length > 0 &&
        trusted.has(ip) &&
        (ip !== undefined || peer.address.startsWith("unix")),
    };
    peers.set(peer, known);
    return known;
  };
  return (call) => {
    const { key, isTrusted } = peers.get(call.peer) ?? describe(call.peer);
    if (!isTrusted) return key;
    const ip = findClient(call.metadata.getAll("x-forwarded-for"), trusted);
    return ip === undefined ? key : toKey(ip);
  };
}

/** The last address that is not of a trusted proxy; undefined where the proxies say nothing that can be read. */
function findClient(
  values: readonly (string | Uint8Array)[],
  trusted: NetworkList,
): string | undefined {
  const hops = values
    .filter((value) => typeof value === "string")
    .flatMap((value) => value.split(","))
    .reverse();
  let nearest: string | undefined;
  for (const hop of hops) {
    const ip = parseIp(hop.trim());
    if (ip === undefined) break;
    nearest = ip;
    if (!trusted.has(ip)) break;
  }
  return nearest;
}
