// What every listener of a server is opened with.
import type { Socket } from "node:net";
import type { Log } from "@trunkline/core";
import type { ListenerCounters } from "./listener-counters.js";

/** What every listener of a server is opened with. */
export interface ListenerSetup {
  readonly log: Log;
  readonly maxConnections: number;
  readonly handshakeTimeoutMs: number;
  readonly tcpKeepaliveMs: number;
  readonly counters: ListenerCounters;
  /** A connection that speaks HTTP/2, with what has been read from it already. */
  onHttp2(socket: Socket, firstBytes?: Uint8Array): void;
}
