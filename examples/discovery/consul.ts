// Servers that are registered with a Consul agent, and a channel to those that are well.
import { type Channel, createChannel } from "@trunkline/client";
import { createConsulResolver, registerInConsul } from "@trunkline/plugins/consul";
import type { Server } from "@trunkline/server";

/** The agent of this machine. */
const agent = process.env.CONSUL_HTTP_ADDR ?? "127.0.0.1:8500";
const token = process.env.CONSUL_HTTP_TOKEN;

/** A channel to the healthy servers of version 2, wherever they run. */
export function connectToGreeters(): Channel {
  return createChannel(`consul://${agent}/greeter?tag=v2`, {
    resolvers: { consul: createConsulResolver({ token }) },
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
  });
}

/** Starts a server and registers it; resolves to what ends both. */
export async function startGreeter(server: Server, host: string): Promise<() => Promise<void>> {
  const { port } = await server.listen({ host, port: 0 });
  const registration = await registerInConsul({
    address: agent,
    token,
    service: "greeter",
    host,
    port,
    tags: ["v2"],
    meta: { zone: "north" },
    check: { ttlSeconds: 15, deregisterAfterSeconds: 60 },
  });
  return async () => {
    // First of all no new calls: clients hear of it at once.
    await registration.close();
    await server.shutdown({ graceMs: 5_000 });
  };
}
