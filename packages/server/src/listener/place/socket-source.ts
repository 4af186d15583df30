// The way in for sockets that somebody else has accepted, such as the primary process of several.
import type { Socket } from "node:net";
import type { ListenAddress, ListenPlace } from "./listen-address.js";

/** Accepts connections in a listener's stead. */
export interface SocketSource {
  /**
   * Begins to hand sockets over.
   * @param onSocket called with each socket, from which nothing has been read.
   * @throws Error when it cannot be listened there.
   */
  open(plan: ListenPlace, onSocket: (socket: Socket) => void): Promise<OpenSource>;
}

/** A source that hands sockets over. */
export interface OpenSource {
  /** Where it listens. */
  readonly address: ListenAddress;
  /** Hands no further sockets over. */
  close(): void;
}
