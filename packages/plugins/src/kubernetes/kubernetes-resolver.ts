// Makes the resolver for `kubernetes:` targets.
import type { BackoffOptions, ResolverFactory } from "@trunkline/client";
import { describeValue, UsageError } from "@trunkline/core";
import { WatchingResolver } from "../watching/watching-resolver.js";
import { type KubernetesConnection, toApiAccess } from "./api-access.js";
import { parseKubernetesTarget } from "./kubernetes-target.js";
import { KubernetesSource } from "./slice-watch.js";

/** Options of `createKubernetesResolver`. */
export interface KubernetesResolverOptions extends KubernetesConnection {
  /** The zone the client runs in, for servers that are meant for several zones. Default: not known. */
  readonly zone?: string | undefined;
  /** How long one watch lasts at most, and at least half of it, milliseconds from 2000. Default 480000. */
  readonly watchMs?: number | undefined;
  /** Waits after failures. Default 1 s, times 1.6 each, at most 30 s, jitter 20 %. */
  readonly backoff?: BackoffOptions | undefined;
}

/**
 * Makes a resolver that finds the pods of a service by its EndpointSlices, and hears of changes at once
 * through the API server. While that cannot be reached, what was found last stays in use.
 *
 * Targets: `kubernetes:///service.namespace:port`; the port is the name of one, or a number of the pods' own, and may
 * be left out where they have one only or one named grpc; the namespace may be left out inside of a cluster.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const kubernetes = createKubernetesResolver();
 * const channel = createChannel("kubernetes:///users.shop:grpc", { resolvers: { kubernetes } });
 */
export function createKubernetesResolver(options: KubernetesResolverOptions = {}): ResolverFactory {
  const { zone, watchMs = 480_000, backoff } = options;
  if (!(watchMs >= 2000 && watchMs < Infinity)) {
    throw new UsageError(
      `option watchMs is ${describeValue(watchMs)}; it must be a number from 2000`,
    );
  }
  // Outside of a cluster what is missing is said by the first channel: there may be none.
  if (options.server !== undefined) toApiAccess(options);
  return {
    defaultAuthority(target) {
      const { service, namespace } = parseKubernetesTarget(target);
      toApiAccess(options);
      return namespace === undefined ? service : `${service}.${namespace}`;
    },
    createResolver(given, listener, host) {
      const target = parseKubernetesTarget(given);
      const access = toApiAccess(options);
      const source = new KubernetesSource({ access, target, zone, watchMs, random: Math.random });
      return new WatchingResolver(source, listener, host, backoff);
    },
  };
}
