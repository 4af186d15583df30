// Joins clients to a server in the same process: the whole stack, without a socket.
import type { ByteStream } from "./byte-stream.js";
import { createMemoryLink } from "./memory-link.js";

/** Where connections of an in-memory transport end. */
export interface Acceptor {
  /** Serves one connection. @throws when it takes none any more. */
  accept(connection: ByteStream): void;
}

/** Connections to one server in this process. */
export interface InMemoryTransport {
  /** What to give `createChannel` as target; only error texts show it. */
  readonly target: string;
  /** Option `connect` of `createChannel`: a new connection, accepted by the server. */
  readonly connect: () => Promise<ByteStream>;
}

/**
 * Makes connections to `server` in memory. Everything above the socket is real: HTTP/2, flow control,
 * deadlines, interceptors.
 * @example
 * const { target, connect } = createInMemoryTransport(server);
 * const channel = createChannel(target, { connect });
 */
export function createInMemoryTransport(server: Acceptor): InMemoryTransport {
  return {
    target: "unix:in-memory",
    connect: async () => {
      const [client, accepted] = createMemoryLink();
      server.accept(accepted);
      return client;
    },
  };
}
