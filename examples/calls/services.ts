// Standard services: health, reflection and channelz on a server, and a client that knows no contract.
import { type Channel, createClient } from "@trunkline/client";
import { reflect } from "@trunkline/client/reflection";
import { createServer, type Server } from "@trunkline/server";
import { type AdminServices, addAdminServices } from "@trunkline/server/admin";
import type { Health } from "@trunkline/server/health";
import { addReflection } from "@trunkline/server/reflection";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Adds health for everybody, and reflection and channelz for those who know the key. */
export function addStandardServices(server: Server, key: string): AdminServices {
  return addAdminServices(server, {
    allow: (call) => call.metadata.get("x-admin-key") === key,
  });
}

/** Says that the greeter can work as long as what it depends on does. */
export async function checkGreeter(health: Health, ping: () => Promise<void>): Promise<void> {
  try {
    await ping();
    health.setStatus(GreeterService, "SERVING");
  } catch {
    health.setStatus(GreeterService, "NOT_SERVING");
  }
}

/** A server that shows its contract where people work on it, and not in production. */
export function createOpenServer(): Server {
  const server = createServer();
  addReflection(server, { allow: "development" });
  return server;
}

/** Calls a service whose contract is not part of the program. */
export async function greetUnseen(channel: Channel, key: string, name: string): Promise<unknown> {
  const contract = await reflect(channel, { metadata: { "x-admin-key": key } });
  const service = contract.getService("trunkline.examples.hello.v1.GreeterService");
  return createClient(service, channel).sayHello({ name });
}
