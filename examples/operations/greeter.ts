// The service of the examples on this page: it says which process has greeted.
import { createServer, type Server, type ServerOptions } from "@trunkline/server";
import { addHealth } from "@trunkline/server/health";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** A server with the greeter and health. */
export function createGreeterServer(options: ServerOptions = {}): Server {
  const server = createServer(options);
  server.addService(GreeterService, {
    sayHello: ({ name }, { peer }) => {
      if (name === "crash") setImmediate(() => process.exit(3));
      return { greeting: `Hello, ${name}! I am ${process.pid}, you are ${peer.address}.` };
    },
  });
  addHealth(server);
  return server;
}
