// A server that misbehaves in one way towards every client that comes.
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { BadConnection, type Seen } from "./bad-connection.js";
import type { Misbehaviour } from "./misbehaviour.js";

/** A running bad server. */
export interface BadServer {
  readonly port: number;
  readonly seen: Readonly<Seen>;
  /** Settles when the first client that came has gone. */
  readonly firstClientGone: Promise<void>;
  stop(): Promise<void>;
}

/** Starts it on a free port of 127.0.0.1. */
export async function startBadServer(behaviour: Misbehaviour): Promise<BadServer> {
  const seen: Seen = { connections: 0, pingsSent: 0, pingsAcked: 0, mostStreams: 0 };
  const sockets = new Set<Socket>();
  let reportGone: () => void;
  const firstClientGone = new Promise<void>((resolve) => {
    reportGone = resolve;
  });
  const server = createServer({ noDelay: true }, (socket) => {
    seen.connections++;
    sockets.add(socket);
    socket.on("close", () => {
      sockets.delete(socket);
      reportGone();
    });
    new BadConnection(socket, behaviour, seen);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    firstClientGone,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
