// A server in the middle: whatever it asks of others has the deadline of the call that it serves.
import { type CallScope, type Channel, createCallScope, createClient } from "@trunkline/client";
import { createServer, type Server, type ServerOptions } from "@trunkline/server";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Passes calls on to `back`, each with its parent. */
export function createRelay(back: Channel, options: ServerOptions = {}): Server {
  const greeter = createClient(GreeterService, back);
  const server = createServer({ defaultTimeoutMs: 10_000, maxTimeoutMs: 60_000, ...options });
  return server.addService(GreeterService, {
    sayHello: (request, call) => greeter.sayHello(request, { parent: call }),
  });
}

/** The same without a word in the handler: given to the server and to the channel. */
export const callScope: CallScope = createCallScope();

/** A relay that is told of parents by the scope. `back` was made with `{ callScope }`. */
export function createScopedRelay(back: Channel): Server {
  const greeter = createClient(GreeterService, back);
  return createServer({ callScope }).addService(GreeterService, {
    sayHello: (request) => greeter.sayHello(request),
  });
}
