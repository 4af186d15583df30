// What an attack is: a row of a table that says what is sent, and how it must end.
import type { LimitName, ServerOptions } from "@trunkline/server";
import type { PeerBehaviour, RawPeer } from "./wire/raw-peer.js";

/** How the one under attack must stop a connection, or why it need not. */
export type Ending =
  /** GOAWAY with this code and a debug text like this, then the end of the transport. */
  | { readonly kind: "goaway"; readonly code: string; readonly debug: RegExp }
  /** The transport ends without a word, because the peer has not begun to speak HTTP/2. */
  | { readonly kind: "closed" }
  /** Each stream is reset with this code; the connection may live on, because no more can be gained. */
  | { readonly kind: "reset"; readonly code: string }
  /** Each call is answered with this `grpc-status`, or one of several ("12 or 16"); the connection lives on. */
  | { readonly kind: "answered"; readonly status: string }
  /** What it sends is not read any more, or what it asks for is not made. */
  | { readonly kind: "throttled" }
  /** It costs next to nothing, so nothing is done about it. */
  | { readonly kind: "tolerated" };

/** What all attacks have in common, whichever role they are run against. */
export interface Attack {
  readonly name: string;
  /** The vulnerability that it is known by. */
  readonly cve?: string;
  /** What it does, in a few words. */
  readonly sends: string;
  /** The role of ours that is attacked. */
  readonly against: "server" | "client";
  /** How each connection of the attacker must end; several when the race between two defences is open. */
  readonly ending: Ending | readonly Ending[];
  /** The counter that must have grown on our side; none for what is tolerated. */
  readonly counter?: string;
  /** How each connection behaves beyond what it sends. */
  readonly behaviour?: Omit<PeerBehaviour, "role">;
  /** Sent once, at the beginning. Against a client: once it has opened its first stream. */
  opening?(peer: RawPeer): Uint8Array | Promise<Uint8Array>;
  /** Sent again and again until the connection ends; one write each. Default: nothing more is sent. */
  chunk?(peer: RawPeer): Uint8Array;
  /** It goes on after GOAWAY. Default false. */
  readonly goesOn?: boolean;
  /** Wait between two chunks, milliseconds. Default 0: as fast as they are taken. */
  readonly pauseMs?: number;
  /** Connections at a time. Default 2. */
  readonly lanes?: number;
  /** How long one connection is kept before the next is tried, milliseconds. Default: as long as the attack lasts. */
  readonly keptMs?: number;
  /**
   * How much longer than the attack a connection is kept until it is answered, milliseconds: for honest
   * peers, whom a busy machine may slow down. Default 0.
   */
  readonly patienceMs?: number;
  /** Limits of the one under attack that are shortened to fit the time of a run. */
  readonly options?: ServerOptions;
  /** By how much the memory of the one under attack may grow, MiB. Default 64. */
  readonly growthMiB?: number;
  /** The server asks who calls, and the good client tells it. Default: anybody may call. */
  readonly isProtected?: boolean;
  /** The server logs all calls, and complains when a line is not as it must be. Default: it logs none. */
  readonly isLogged?: boolean;
  /** Which transport the attack needs. Default `plain`. */
  readonly transport?: "plain" | "tls" | "tls-handshake" | "tls-renegotiation";
}

/** GOAWAY with a code and a text. */
export const goaway = (code: string, debug: RegExp): Ending => ({ kind: "goaway", code, debug });

/** What breaking a limit leads to: GOAWAY that begins with its name, and a counter of that name. */
export function breaks(
  limit: LimitName,
  debug: RegExp = new RegExp(`^${limit}: `),
): { readonly ending: Ending; readonly counter: string } {
  return {
    ending: goaway("ENHANCE_YOUR_CALM", debug),
    counter: `limitsBroken.${limit}`,
  };
}

/** What breaking the protocol leads to: GOAWAY with a code, and a counter of that code. */
export function breaksProtocol(code: string, debug: RegExp): Pick<Attack, "ending" | "counter"> {
  return { ending: goaway(code, debug), counter: `protocolErrors.${code}` };
}
