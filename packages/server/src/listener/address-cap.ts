// Bounds how many connections one address may have open.
import type { Log } from "@trunkline/core";
import { networkOf, parseIp } from "../http/networks.js";
import type { ClientPeer } from "../http/peer.js";
import { RefusalLog } from "./refusal-log.js";

/** Who has one address of an IPv6 network usually has them all (RFC 6177). */
const ipv6PrefixBits = 64;

/** The connections of each address. What has none, a unix-domain socket, is not counted. */
export class AddressCap {
  readonly max: number;
  /** Connections that were refused. */
  refusedCount = 0;
  readonly #open = new Map<string, number>();
  readonly #keys = new WeakMap<ClientPeer, string>();
  readonly #refusals: RefusalLog;

  constructor(max: number, log: Log) {
    this.max = max;
    this.#refusals = new RefusalLog(
      log,
      "connections were refused: their address has maxConnectionsPerAddress open",
    );
  }

  /** Whether the peer may have one more connection, which it has then. */
  enter(peer: ClientPeer): boolean {
    const ip = parseIp(peer.address);
    if (ip === undefined) return true;
    const key = networkOf(ip, ipv6PrefixBits);
    const open = this.#open.get(key) ?? 0;
    if (open >= this.max) {
      this.refusedCount++;
      this.#refusals.refused({ address: key, maxConnectionsPerAddress: this.max });
      return false;
    }
    this.#open.set(key, open + 1);
    this.#keys.set(peer, key);
    return true;
  }

  /** A connection has ended; of one that was refused nothing is counted. */
  leave(peer: ClientPeer): void {
    const key = this.#keys.get(peer);
    if (key === undefined) return;
    this.#keys.delete(peer);
    const left = this.#open.get(key)! - 1;
    if (left > 0) this.#open.set(key, left);
    else this.#open.delete(key);
  }
}
