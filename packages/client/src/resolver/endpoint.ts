// One server as a resolver finds it: the addresses it listens on, and what balancing policies may know of it.
import { type Address, formatAddress } from "./address.js";

/** One server. A machine with an IPv4 and an IPv6 address is one endpoint with two addresses (gRFC A61). */
export interface Endpoint {
  /** Where it listens, in order of preference; at least one. */
  readonly addresses: readonly Address[];
  /** Its share of the traffic relative to others, a whole number from 1. Default 1. */
  readonly weight?: number | undefined;
  /**
   * Endpoints of a higher number get calls only while none of a lower one can be reached, as SRV records
   * have it. Default: all are equal.
   */
  readonly priority?: number | undefined;
  /** The zone it runs in, for policies that prefer near servers. Default unknown. */
  readonly zone?: string | undefined;
  /** Names of the children of nested policies that it is for, the outermost first. Default: none of them. */
  readonly path?: readonly string[] | undefined;
  /** What ring_hash places it by (gRFC A76). Default: its first address. */
  readonly hashKey?: string | undefined;
}

/** An endpoint for each address. */
export function toEndpoints(addresses: readonly Address[]): Endpoint[] {
  return addresses.map((address) => ({ addresses: [address] }));
}

/** The addresses of an endpoint in one text, the same for the same set in any order. */
export function endpointKey(endpoint: Endpoint): string {
  return endpoint.addresses.map(formatAddress).sort().join(",");
}
