// How targets become addresses: options of DNS, and resolvers of one's own.
import {
  type Channel,
  createChannel,
  createManualResolver,
  type ManualResolver,
  type ResolverFactory,
} from "@trunkline/client";

/** Spreads calls over the pods of a headless service, and finds new ones within fifteen seconds. */
export function createHeadlessChannel(target: string): Channel {
  return createChannel(target, {
    serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
    dns: { refreshMs: 15_000, timeoutMs: 2000 },
  });
}

/** Servers that the application adds and removes itself. */
export const servers: ManualResolver = createManualResolver();

/** A channel to them: `servers.update` may be called as often as they change. */
export function createOwnChannel(): Channel {
  return createChannel("manual:///users", { resolvers: { manual: servers } });
}

/** A scheme of one's own: `port:50051` is that port of this machine, over both families. */
export const portResolver: ResolverFactory = {
  defaultAuthority: () => "localhost",
  createResolver(target, listener) {
    const port = Number(target.endpoint);
    const hosts = ["127.0.0.1", "::1"];
    const addresses = hosts.map((host) => ({ kind: "tcp", host, port }) as const);
    return {
      resolve: () => listener.resolved({ endpoints: [{ addresses }] }),
      close: () => {},
    };
  },
};
