// The servers under test, and the expectation for each.
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { createServer } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { respond } from "./responder.js";

/** A server that runs. */
export interface Target {
  readonly port: number;
  close(): Promise<void>;
}

const host = "127.0.0.1";

async function listening(server: Server): Promise<Target> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The responder over plaintext. */
export function startPlain(): Promise<Target> {
  return listening(createTcpServer({ noDelay: true }, respond));
}

/** The responder over TLS. */
export function startTls(): Promise<Target> {
  const { cert, key } = createAuthority().issue("localhost", ["localhost", host]);
  const server = createTlsServer({ cert, key, ALPNProtocols: ["h2"] }, respond);
  // Cases that end in the middle of a handshake are no trouble of ours.
  server.on("tlsClientError", () => undefined);
  return listening(server);
}

/** A gRPC server without services: it answers every request with an error. */
export async function startGrpc(): Promise<Target> {
  const server = createServer();
  const { port } = await server.listen({ host, port: 0 });
  return { port, close: async () => void (await server.shutdown({ graceMs: 0 })) };
}
