// The order in which pick_first tries addresses: shuffled when asked to, families in turn, each address once.
import { type Address, formatAddress } from "../../resolver/address.js";
import type { Endpoint } from "../../resolver/endpoint.js";

/**
 * Endpoints in random order. With weights, an endpoint of weight 2 comes first twice as often as one of
 * weight 1 (gRFC A113: sort by `random ** (1 / weight)`).
 */
export function shuffleEndpoints(
  endpoints: readonly Endpoint[],
  random: () => number,
): readonly Endpoint[] {
  return endpoints
    .map((endpoint) => ({ endpoint, key: (1 - random()) ** (1 / (endpoint.weight ?? 1)) }))
    .sort((a, b) => b.key - a.key)
    .map(({ endpoint }) => endpoint);
}

/** All addresses once, IPv4 and IPv6 in turn, beginning with the family of the first (RFC 8305 s4, gRFC A61). */
export function orderAddresses(endpoints: readonly Endpoint[]): readonly Address[] {
  const unique = new Map<string, Address>();
  for (const { addresses } of endpoints) {
    for (const address of addresses) {
      const key = formatAddress(address);
      if (!unique.has(key)) {
        unique.set(key, address);
      }
    }
  }
  return interleave([...unique.values()]);
}

function interleave(addresses: readonly Address[]): readonly Address[] {
  const families = new Map<string, Address[]>();
  for (const address of addresses) {
    const family = familyOf(address);
    const members = families.get(family) ?? [];
    families.set(family, members);
    members.push(address);
  }
  if (families.size < 2) {
    return addresses;
  }
  const ordered: Address[] = [];
  for (let i = 0; ordered.length < addresses.length; i++) {
    for (const members of families.values()) {
      const next = members[i];
      if (next !== undefined) {
        ordered.push(next);
      }
    }
  }
  return ordered;
}

function familyOf(address: Address): string {
  if (address.kind === "unix") {
    return "unix";
  }
  return address.host.includes(":") ? "ipv6" : "ipv4";
}
