// The HTTP/2 connections of a server, from the first byte to the last, and how they are ended together.
import { codeName, describeConnection } from "@trunkline/core";
import {
  type ByteStream,
  bindDuplex,
  type ConnectionCloseReason,
  type ConnectionLimits,
  ErrorCode,
} from "@trunkline/http2";
import type { Router } from "../http/router.js";
import { ServerConnection } from "../http/server-connection.js";
import type { ServerConnectionInfo } from "../server-observer.js";
import type { AddressCap } from "./address-cap.js";
import { type ConnectionFigures, ConnectionTotals } from "./connection-totals.js";
import { describePeer } from "./peer.js";
import type { ShutdownReport } from "./shutdown/report.js";

/** Bytes in both directions: a socket, or one end of `createMemoryPair()` or `createMemoryLink()`. */
export type Transport = ByteStream;

/** The most calls that a report names. */
const mostReported = 1000;

/** What was cut off. */
export type CutOff = Pick<ShutdownReport, "cutCalls" | "cutCallCount" | "cutConnections">;

/** The HTTP/2 connections of one server. */
export class OpenConnections {
  readonly #router: Router;
  readonly #limits: Partial<ConnectionLimits>;
  readonly #maxHandlers: number;
  readonly #perAddress: AddressCap | undefined;
  readonly #connections = new Set<ServerConnection>();
  readonly #ended = new ConnectionTotals();
  readonly #waiting: (() => void)[] = [];
  /** Connections that have ended before their handlers, since the server is ending. */
  readonly #leftBehind: ServerConnection[] = [];
  #isDraining = false;
  #failedCalls = 0;

  /** @param perAddress undefined: there is no such bound. */
  constructor(
    router: Router,
    limits: Partial<ConnectionLimits>,
    maxHandlers: number,
    perAddress: AddressCap | undefined,
  ) {
    this.#router = router;
    this.#limits = limits;
    this.#maxHandlers = maxHandlers;
    this.#perAddress = perAddress;
  }

  /** Serves HTTP/2 on a connection; while the server ends, it is closed instead. */
  serve(duplex: Transport, firstBytes?: Uint8Array): void {
    if (this.#isDraining) {
      duplex.destroy();
      return;
    }
    const peer = describePeer(duplex);
    const isRefused = this.#perAddress?.enter(peer) === false;
    const connection = new ServerConnection(
      this.#router,
      peer,
      this.#maxHandlers,
      (ended, reason) => this.#forget(ended, reason),
    );
    this.#connections.add(connection);
    connection.engine = bindDuplex(duplex, {
      role: "server",
      sink: connection,
      limits: this.#limits,
      // What it asks for is not even read.
      firstBytes: isRefused ? undefined : firstBytes,
    });
    if (isRefused) {
      const text = `more than ${this.#perAddress?.max} connections of one address (the server's maxConnectionsPerAddress)`;
      connection.engine.goAway(ErrorCode.ENHANCE_YOUR_CALM, text);
    }
  }

  /** Sums over all connections there have been. */
  stats(): ConnectionFigures {
    const totals = this.#ended.copy();
    let failedCalls = this.#failedCalls;
    let liveHandlers = 0;
    let queuedBytes = 0;
    for (const connection of this.#connections) {
      const { stats } = connection.engine;
      totals.add(stats);
      failedCalls += connection.failedCalls;
      liveHandlers += connection.liveHandlers;
      queuedBytes += stats.queuedBytes;
    }
    return {
      ...totals.figures,
      failedCalls,
      refusedByAddress: this.#perAddress?.refusedCount ?? 0,
      openConnections: this.#connections.size,
      liveHandlers,
      queuedBytes,
    };
  }

  /** Each connection that is open, in the order in which they came. */
  list(): readonly ServerConnectionInfo[] {
    return Array.from(this.#connections, ({ peer, engine, failedCalls }) => ({
      ...describeConnection(peer.address, engine),
      failedCalls,
      peer,
    }));
  }

  /** From now on connections are closed as they come. */
  refuse(): void {
    this.#isDraining = true;
  }

  /** Lets running calls finish, and admits no new ones (RFC 9113 s6.8). */
  drain(): void {
    for (const { engine } of [...this.#connections]) engine.drain(performance.now());
  }

  /** Cuts off every call that is left. */
  cutOff(): CutOff {
    const open = [...this.#connections];
    const calls = open.flatMap((connection) => connection.calls());
    for (const { engine } of open)
      engine.goAway(ErrorCode.NO_ERROR, "the server has been shut down");
    return {
      cutConnections: open.length,
      cutCallCount: calls.length,
      cutCalls: calls.slice(0, mostReported).map(({ call, ...rest }) => ({
        ...rest,
        status: call.abortReason === undefined ? "UNKNOWN" : codeName(call.abortReason.code),
      })),
    };
  }

  /** Handlers that run although their connections have ended, of those that ended with `drain` or later. */
  handlersLeft(): number {
    return this.#leftBehind.reduce((sum, { liveHandlers }) => sum + liveHandlers, 0);
  }

  /** Settles when no connection is left. */
  whenEmpty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #forget(connection: ServerConnection, reason: ConnectionCloseReason): void {
    this.#connections.delete(connection);
    this.#perAddress?.leave(connection.peer);
    this.#failedCalls += connection.failedCalls;
    if (this.#isDraining && connection.liveHandlers > 0) this.#leftBehind.push(connection);
    // Undefined when the connection ends while it is being made.
    if (connection.engine !== undefined) this.#ended.add(connection.engine.stats);
    this.#ended.noteEnd(reason);
    if (this.#connections.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
