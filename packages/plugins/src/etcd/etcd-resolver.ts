// Makes the resolver for `etcd:` targets.
import type { Endpoint, ResolverFactory, Target } from "@trunkline/client";
import { checkFunction, UsageError } from "@trunkline/core";
import { WatchingResolver } from "../watching/watching-resolver.js";
import { EtcdSource } from "./endpoint-watch.js";
import { type EtcdConnection, toAccess } from "./etcd-options.js";
import { type ServerRecord, toEndpoint } from "./server-record.js";

/** Options of `createEtcdResolver`. */
export interface EtcdResolverOptions extends EtcdConnection {
  /**
   * Makes an endpoint of what stands in etcd for a server; undefined leaves the server out, what it
   * throws is logged and leaves it out as well. Default: `Addr`, with `weight` and `zone` of `Metadata`
   * where that is an object that has them.
   */
  readonly toEndpoint?: ((record: ServerRecord, key: string) => Endpoint | undefined) | undefined;
}

/** `etcd:///prod/users` and `etcd:prod/users` are the service prod/users, its keys begin with `prod/users/`. */
function serviceOf(target: Target): string {
  if (target.authority !== "") {
    throw new UsageError(
      `target "${target.text}": the members of etcd are named by the option endpoints of the resolver, but "${target.authority}" stands there; write etcd:///service`,
    );
  }
  const service = target.endpoint.replace(/^\/+|\/+$/g, "");
  if (service === "") {
    throw new UsageError(`target "${target.text}" names no service; write etcd:///service`);
  }
  return service;
}

/**
 * Makes a resolver that finds the servers which stand in etcd below `<service>/`, and hears of changes
 * at once. The key layout is that of `go.etcd.io/etcd/client/v3/naming`. While etcd cannot be reached, what was
 * found last stays in use.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const etcd = createEtcdResolver({ endpoints: ["10.0.0.1:2379", "10.0.0.2:2379"] });
 * const channel = createChannel("etcd:///users", { resolvers: { etcd } });
 */
export function createEtcdResolver(options: EtcdResolverOptions = {}): ResolverFactory {
  const access = toAccess(options);
  checkFunction("toEndpoint", options.toEndpoint);
  const convert = options.toEndpoint ?? toEndpoint;
  return {
    defaultAuthority: (target) => serviceOf(target).split("/").at(-1) ?? "",
    createResolver(target, listener, host) {
      const source = new EtcdSource(`${serviceOf(target)}/`, access, convert);
      return new WatchingResolver(source, listener, host, options.backoff);
    },
  };
}
