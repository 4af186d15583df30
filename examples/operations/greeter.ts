// The service of the examples on this page: it says which process has greeted, and whom.
import { createServer, type ListenAddress, type Server } from "@trunkline/server";
import { addHealth } from "@trunkline/server/health";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** A server with the greeter. */
export function createGreeter(): Server {
  const server = createServer();
  server.addService(GreeterService, {
    async sayHello({ name }, { peer, signal }) {
      if (name === "crash") process.exit(3);
      if (name === "sleeper")
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return { greeting: `Hello, ${name}! I am ${process.pid}, you are ${peer.address}.` };
    },
  });
  return server;
}

/** A server with the greeter and health. */
export function createGreeterServer(): Server {
  const server = createGreeter();
  addHealth(server);
  return server;
}

/** Listens behind proxies of one network, which say by the PROXY protocol who the client is. */
export function listenBehindProxies(server: Server, port: number): Promise<ListenAddress> {
  return server.listen({
    host: "127.0.0.1",
    port,
    proxyProtocol: { trusted: ["127.0.0.0/8", "10.0.0.0/8"] },
  });
}
