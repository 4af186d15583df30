// One listening socket of a server: accepts connections, finds out what they speak, lets go of them.
import { rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { entityId, isTraced, type Log, traceStep } from "@trunkline/core";
import { refuseSocket } from "./http1-answer.js";
import { Intake } from "./intake.js";
import { formatAddress, type ListenAddress, type ListenPlan } from "./listen-options.js";
import type { ListenerCounters } from "./listener-counters.js";
import { sniffProtocol } from "./sniffer.js";
import { tcpOptions } from "./tcp-options.js";
import { createTlsListener } from "./tls/tls-listener.js";

/** One listening socket, and every connection that came in through it. */
export class Listener {
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #undecided: Set<Socket>;

  constructor(
    address: ListenAddress,
    server: Server,
    sockets: Set<Socket>,
    undecided: Set<Socket>,
  ) {
    this.address = address;
    this.#server = server;
    this.#sockets = sockets;
    this.#undecided = undecided;
  }

  /**
   * Accepts no further connections; those that have begun to speak HTTP/2 stay.
   * @returns settles when the last socket has closed.
   */
  stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const socket of this.#undecided) socket.destroy();
    return closed;
  }

  /** Cuts off every connection that is left, whatever state it is in. */
  destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

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

/**
 * Begins to listen.
 * @throws Error naming the address when it cannot be listened on, with the system's error as cause.
 */
export async function openListener(plan: ListenPlan, setup: ListenerSetup): Promise<Listener> {
  const { log, counters } = setup;
  const sockets = new Set<Socket>();
  const undecided = new Set<Socket>();
  const intake = new Intake();
  const sniff = (socket: Socket): void => {
    undecided.add(socket);
    sniffProtocol(socket, setup, (firstBytes) => {
      const begin = (): void => {
        undecided.delete(socket);
        if (socket.destroyed) return;
        setup.onHttp2(socket, firstBytes);
        if (socket.isPaused()) socket.resume();
      };
      intake.admit(begin, () => holdBack(socket));
    });
  };
  const server =
    plan.credentials.kind === "tls"
      ? await createTlsListener(plan.credentials, setup, refuseSocket)
      : createServer(tcpOptions(setup.tcpKeepaliveMs), sniff);
  // Beyond that Node.js closes them before it makes an object for them.
  server.maxConnections = setup.maxConnections;
  server.on("drop", () => counters.refusedConnections++);
  // Under TLS these are the sockets below, so that handshakes that never end are let go of as well.
  server.on("connection", (socket: Socket) => {
    counters.acceptedConnections++;
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      undecided.delete(socket);
    });
  });
  await bindOrReplace(server, plan);
  const address = readAddress(server, plan);
  traceStep(log, "server", "listening", { address: address.address });
  if (isTraced("server")) server.on("connection", (socket) => traceSocket(log, socket));
  server.on("error", (error) => {
    log.warn("a listening socket is in trouble", { address: address.address, error });
  });
  return new Listener(address, server, sockets, undecided);
}

function traceSocket(log: Log, socket: Socket): void {
  const { remoteAddress, remotePort } = socket;
  const fields = { connection: entityId(socket), peer: remoteAddress, port: remotePort };
  traceStep(log, "server", "connection accepted", fields);
  socket.on("close", () => traceStep(log, "server", "connection closed", fields));
}

/** Until it begins, nobody reads from it, and nobody else hears that it is gone. */
function holdBack(socket: Socket): void {
  socket.pause();
  socket.on("error", () => {});
}

/** A process that was killed leaves its socket's file behind; a file that nobody listens on is replaced. */
async function bindOrReplace(server: Server, plan: ListenPlan): Promise<void> {
  try {
    await bind(server, plan);
  } catch (error) {
    const isTaken = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    const isFile = plan.path !== undefined && !plan.path.startsWith("\0");
    if (!isTaken || !isFile || !(await isAbandoned(plan.path))) throw error;
    rmSync(plan.path, { force: true });
    await bind(server, plan);
  }
}

function isAbandoned(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(false));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code === "ECONNREFUSED"));
    socket.end();
  });
}

function bind(server: Server, plan: ListenPlan): Promise<void> {
  const { host, port, path, backlog } = plan;
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      reject(explainFailure(cause, formatAddress(host, port, path)));
    });
    server.listen(path === undefined ? { host, port, backlog } : { path, backlog }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the address is in use already",
  EACCES: "permission denied",
  EADDRNOTAVAIL: "this machine has no such address",
  ENOTFOUND: "the host name is not known",
  ENOENT: "there is no such folder",
};

function explainFailure(cause: NodeJS.ErrnoException, address: string): Error {
  const code = cause.code ?? "unknown";
  const reason = reasons[code] ?? cause.message;
  const error = new Error(`cannot listen on ${address}: ${reason} (${code})`, { cause });
  return Object.assign(error, { code });
}

function readAddress(server: Server, plan: ListenPlan): ListenAddress {
  const bound = server.address();
  if (bound === null || typeof bound === "string") {
    const path = plan.path ?? String(bound);
    return { host: path, port: 0, address: formatAddress("", 0, path) };
  }
  const { address: host, port } = bound;
  return { host, port, address: formatAddress(host, port, undefined) };
}
