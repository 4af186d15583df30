// Clients that balance in one way or another, a policy of one's own, and a server that reports its load.
import {
  type AnyBalancerPolicy,
  type Channel,
  type ChannelOptions,
  createChannel,
  createPolicy,
  type Endpoint,
} from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import {
  addLoadReporting,
  recordCallLoad,
  reportLoad,
  type ServerLoad,
} from "@trunkline/server/orca";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** Every call to the next server. */
export function connectToAll(target: string, options: ChannelOptions = {}): Channel {
  const serviceConfig = { loadBalancingConfig: [{ round_robin: {} }] };
  return createChannel(target, { ...options, serviceConfig });
}

/** The same as text, as it stands in a file or in DNS. */
export function connectByText(target: string, options: ChannelOptions = {}): Channel {
  const serviceConfig = '{ "loadBalancingConfig": [{ "round_robin": {} }] }';
  return createChannel(target, { ...options, serviceConfig });
}

/** Servers of this zone first; among them those that fail are left out, and the others get calls as they can take them. */
export function connectNearby(target: string, options: ChannelOptions = {}): Channel {
  const byLoad = [{ weighted_round_robin: { blackoutPeriod: "1s" } }] as const;
  const healthy = [
    { outlier_detection: { failurePercentageEjection: { threshold: 50 }, childPolicy: byLoad } },
  ];
  const serviceConfig = {
    loadBalancingConfig: [{ zone_preference: { minHealthyPercent: 60, childPolicy: healthy } }],
  };
  return createChannel(target, { zone: "eu-1a", ...options, serviceConfig });
}

/** All calls of one tenant to the same server, by one plain function. */
export const byTenant: AnyBalancerPolicy = createPolicy("by_tenant", (ready, call) => {
  const tenant = String(call.metadata?.get("tenant") ?? "");
  const letters = [...tenant].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  return ready[letters % ready.length] as Endpoint;
});

/** A channel that uses it. */
export function connectByTenant(target: string, options: ChannelOptions = {}): Channel {
  const serviceConfig = { loadBalancingConfig: [{ by_tenant: {} }] };
  return createChannel(target, { ...options, balancers: [byTenant], serviceConfig });
}

/** Reports how busy it is with every call, and to clients that ask for it at intervals. */
export function createReportingServer(load: ServerLoad): Server {
  const server = createServer({ interceptors: [reportLoad(load)] });
  addLoadReporting(server, load, { minIntervalMs: 5_000 });
  return server.addService(GreeterService, {
    sayHello({ name }, call) {
      recordCallLoad(call, { requestCost: { letters: name.length } });
      return { greeting: `Hello, ${name}!` };
    },
  });
}
