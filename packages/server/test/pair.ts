// A server and a client of it, joined in memory.
import { silentLog } from "@trunkline/core";
import type { ConnectionLimits } from "@trunkline/http2";
import type { ServiceImplementation } from "../src/dispatch/handlers.js";
import { createServer, type Server } from "../src/server.js";
import type { ServerOptions } from "../src/server-options.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectInMemory, type RawClient } from "./raw-client.js";

let server: Server | undefined;
let client: RawClient | undefined;

/** A server with these methods, and a client of it. */
export function startPair(
  implementation: ServiceImplementation<typeof TestService>,
  options: ServerOptions = {},
  limits?: Partial<ConnectionLimits>,
): RawClient {
  server = createServer({ log: silentLog, ...options });
  server.addService(TestService, implementation);
  client = connectInMemory(server, limits);
  return client;
}

/** The server of the present test. */
export function presentServer(): Server {
  return server!;
}

/** Ends what the present test has started. */
export async function stopPairs(): Promise<void> {
  client?.close();
  await server?.shutdown({ graceMs: 0 });
}
