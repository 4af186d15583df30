// The HTTP/2 connections of a server, from the first byte to the last, and how they are ended together.
import type { Duplex } from "node:stream";
import { bindDuplex, type ConnectionLimits, ErrorCode } from "@trunkline/http2";
import type { Router } from "../http/router.js";
import { ServerConnection } from "../http/server-connection.js";
import { describePeer } from "./peer.js";

/** For rooms that may not import `node:*` themselves. */
export type { Duplex };

/** Bytes in both directions: a socket, or one end of `createMemoryPair()`. */
export type Transport = Duplex;

/** The HTTP/2 connections of one server. */
export class OpenConnections {
  readonly #router: Router;
  readonly #limits: Partial<ConnectionLimits>;
  readonly #maxHandlers: number;
  readonly #connections = new Set<ServerConnection>();
  readonly #waiting: (() => void)[] = [];
  #isDraining = false;

  constructor(router: Router, limits: Partial<ConnectionLimits>, maxHandlers: number) {
    this.#router = router;
    this.#limits = limits;
    this.#maxHandlers = maxHandlers;
  }

  /** Serves HTTP/2 on a connection; while the server ends, it is closed instead. */
  serve(duplex: Duplex, firstBytes?: Uint8Array): void {
    if (this.#isDraining) {
      duplex.destroy();
      return;
    }
    const peer = describePeer(duplex);
    const connection = new ServerConnection(this.#router, peer, this.#maxHandlers, (ended) =>
      this.#forget(ended),
    );
    this.#connections.add(connection);
    connection.engine = bindDuplex(duplex, {
      role: "server",
      sink: connection,
      limits: this.#limits,
      firstBytes,
    });
  }

  /** How many are open. */
  get size(): number {
    return this.#connections.size;
  }

  /** Handlers that have not finished. */
  get liveHandlers(): number {
    let sum = 0;
    for (const { liveHandlers } of this.#connections) sum += liveHandlers;
    return sum;
  }

  /** Lets running calls finish, and admits no new ones (RFC 9113 s6.8). */
  drain(): void {
    this.#isDraining = true;
    for (const { engine } of [...this.#connections]) engine.drain(performance.now());
  }

  /** Cuts off every call that is left. */
  cutOff(): void {
    for (const { engine } of [...this.#connections]) {
      engine.goAway(ErrorCode.NO_ERROR, "the server has been shut down");
    }
  }

  /** Settles when no connection is left. */
  whenEmpty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #forget(connection: ServerConnection): void {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
