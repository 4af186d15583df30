// Remembers, for each connection, the credentials that came last on it and what they were worth.
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

interface Remembered {
  readonly text: string;
  readonly verdict: Verdict;
}

/**
 * Most clients send the same credentials with each call, and HTTP/2 makes them the very same string: comparing it costs
 * less than any hash. The text lives no longer than the connection, which holds it for its header compression anyway.
 */
export class PeerMemo {
  readonly #byPeer = new WeakMap<ClientPeer, Remembered>();

  find(peer: ClientPeer, text: string): Verdict | undefined {
    const known = this.#byPeer.get(peer);
    return known !== undefined && known.text === text ? known.verdict : undefined;
  }

  remember(peer: ClientPeer, text: string, verdict: Verdict): void {
    this.#byPeer.set(peer, { text, verdict });
  }
}
