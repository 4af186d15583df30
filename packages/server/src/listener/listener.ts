// One listening socket of a server: accepts connections, finds out what they speak, lets go of them.
import { createServer, type Socket } from "node:net";
import { entityId, isTraced, type Log, traceStep } from "@trunkline/core";
import type { ListenPlan } from "./listen-options.js";
import type { ListenerSetup } from "./listener-setup.js";
import { bindOrReplace } from "./place/bind.js";
import type { ListenAddress } from "./place/listen-address.js";
import type { SocketSource } from "./place/socket-source.js";
import { Arrivals } from "./reception/arrivals.js";
import { createReception, type Reception } from "./reception/create-reception.js";
import { RefusalLog } from "./refusal-log.js";
import { tcpOptions } from "./tcp-options.js";

/** One listening socket, and every connection that came in through it. */
export class Listener {
  readonly address: ListenAddress;
  readonly #arrivals: Arrivals;
  readonly #close: () => Promise<void>;
  #closed: Promise<void> | undefined = undefined;

  constructor(address: ListenAddress, arrivals: Arrivals, close: () => Promise<void>) {
    this.address = address;
    this.#arrivals = arrivals;
    this.#close = close;
  }

  /** Accepts no further connections; those that there are go on. */
  stop(): void {
    this.#closed ??= this.#close();
  }

  /** Settles when each connection that was accepted has begun to speak HTTP, or is gone; undefined: that is so. */
  whenDecided(): Promise<void> | undefined {
    return this.#arrivals.whenDecided();
  }

  /**
   * Stops, and cuts off what has not begun to speak HTTP.
   * @returns settles when the last socket has closed.
   */
  async end(): Promise<void> {
    this.stop();
    this.#arrivals.destroyUndecided();
    await this.#closed;
    await this.#arrivals.whenEmpty();
  }

  /** Cuts off every connection that is left, whatever state it is in. */
  destroySockets(): void {
    this.#arrivals.destroyAll();
  }
}

/**
 * Begins to listen.
 * @throws Error naming the address when it cannot be listened on, with the system's error as cause.
 */
export async function openListener(plan: ListenPlan, setup: ListenerSetup): Promise<Listener> {
  const { log, counters } = setup;
  const arrivals = new Arrivals();
  const note = (socket: Socket): void => {
    counters.acceptedConnections++;
    arrivals.add(socket);
    if (isTraced("server")) traceSocket(log, socket);
  };
  const reception = await createReception(plan, setup, arrivals);
  const refusals = new RefusalLog(log, "connections were refused: maxConnections are open");
  const refuse = (): void => {
    counters.refusedConnections++;
    refusals.refused({ maxConnections: setup.maxConnections });
  };
  const { address, close } =
    plan.source === undefined
      ? await listenHere(plan, setup, reception, { note, refuse })
      : await listenElsewhere(plan, plan.source, reception, (socket) => {
          if (arrivals.size < setup.maxConnections) {
            note(socket);
            reception.begin(socket);
          } else {
            refuse();
            socket.destroy();
          }
        });
  traceStep(log, "server", "listening", { address: address.address });
  return new Listener(address, arrivals, close);
}

/** Where it is listened, and how that ends. */
interface Place {
  readonly address: ListenAddress;
  close(): Promise<void>;
}

/** What is done with a connection that comes. */
interface Arrival {
  note(socket: Socket): void;
  /** There are too many. */
  refuse(): void;
}

async function listenHere(
  plan: ListenPlan,
  { log, maxConnections, tcpKeepaliveMs }: ListenerSetup,
  { server: own, begin, close }: Reception,
  { note, refuse }: Arrival,
): Promise<Place> {
  const server = own ?? createServer(tcpOptions(tcpKeepaliveMs), begin);
  // Under TLS these are the sockets below, so that handshakes that never end are let go of as well.
  server.prependListener("connection", note);
  // Beyond that Node.js closes them before it makes an object for them.
  server.maxConnections = maxConnections;
  server.on("drop", refuse);
  const address = await bindOrReplace(server, plan);
  server.on("error", (error) => {
    log.warn("a listening socket is in trouble", { address: address.address, error });
  });
  return {
    address,
    close: () => {
      if (own === undefined) close();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function listenElsewhere(
  plan: ListenPlan,
  source: SocketSource,
  reception: Reception,
  accept: (socket: Socket) => void,
): Promise<Place> {
  const opened = await source.open(plan, accept);
  return {
    address: opened.address,
    close: () => {
      opened.close();
      reception.close();
      return Promise.resolve();
    },
  };
}

function traceSocket(log: Log, socket: Socket): void {
  const { remoteAddress, remotePort } = socket;
  const fields = { connection: entityId(socket), peer: remoteAddress, port: remotePort };
  traceStep(log, "server", "connection accepted", fields);
  socket.on("close", () => traceStep(log, "server", "connection closed", fields));
}
