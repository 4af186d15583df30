// Servers that stand in etcd while they live, and a channel that finds them there.
import { type Channel, createChannel } from "@trunkline/client";
import { createEtcdResolver, registerInEtcd } from "@trunkline/plugins/etcd";
import type { Server } from "@trunkline/server";

/** The members of etcd: all of them, so that one may be away. */
const endpoints = (process.env.ETCD_ENDPOINTS ?? "127.0.0.1:2379").split(",");

/** A channel to all servers of the service, wherever they run. */
export function connectToGreeters(): Channel {
  return createChannel("etcd:///greeter", {
    resolvers: { etcd: createEtcdResolver({ endpoints }) },
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
  });
}

/** Starts a server and puts it into etcd; resolves to what ends both. */
export async function startGreeter(server: Server, host: string): Promise<() => Promise<void>> {
  const { port } = await server.listen({ host, port: 0 });
  const registration = await registerInEtcd({
    endpoints,
    service: "greeter",
    address: `${host}:${port}`,
    metadata: { zone: process.env.ZONE ?? "north" },
    ttlSeconds: 10,
  });
  return async () => {
    // First of all no new calls: clients hear of it at once.
    await registration.close();
    await server.shutdown({ graceMs: 5_000 });
  };
}
