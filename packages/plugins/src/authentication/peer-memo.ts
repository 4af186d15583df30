// Remembers, for each connection, the last credentials that came on it and what they were worth.
import type { Principal } from "@trunkline/core";
import type { ClientPeer } from "@trunkline/server";

/** What credentials were found to be worth. */
export interface Verdict {
  readonly principal: Principal;
  /** No longer to be believed from then on, in milliseconds since 1970. */
  readonly untilMs: number;
  /** No longer to be believed when the keys have changed since. */
  readonly generation: number;
}

/** How many credentials are remembered of a connection: proxies carry the calls of several callers on one. */
const mostOfPeer = 8;

/**
 * Most clients send the same credentials with each call, and HTTP/2 makes them the very same string: finding it costs less
 * than a digest. The texts live no longer than the connection, which holds the last ones for its header compression anyway.
 */
export class PeerMemo {
  readonly #byPeer = new WeakMap<ClientPeer, Map<string, Verdict>>();

  find(peer: ClientPeer, text: string): Verdict | undefined {
    return this.#byPeer.get(peer)?.get(text);
  }

  remember(peer: ClientPeer, text: string, verdict: Verdict): void {
    let known = this.#byPeer.get(peer);
    if (known === undefined) {
      known = new Map();
      this.#byPeer.set(peer, known);
    }
    if (known.size >= mostOfPeer && !known.has(text)) {
      const [oldest = ""] = known.keys();
      known.delete(oldest);
    }
    known.set(text, verdict);
  }
}
