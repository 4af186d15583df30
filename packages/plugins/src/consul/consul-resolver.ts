// Makes the resolver for `consul:` targets.
import type { BackoffOptions, ResolverFactory } from "@trunkline/client";
import { describeValue, UsageError } from "@trunkline/core";
import { WatchingResolver } from "../watching/watching-resolver.js";
import { type ConsulConnection, toAgent } from "./consul-options.js";
import { parseConsulTarget } from "./consul-target.js";
import { ConsulSource } from "./health-watch.js";

/** Options of `createConsulResolver`. */
export interface ConsulResolverOptions extends ConsulConnection {
  /** Longest time the agent may wait for news before it answers, milliseconds, 1000 to 600000. Default 300000. */
  readonly waitMs?: number | undefined;
  /** From one answer to the next question at least, and at most twice that, milliseconds, 0 or more. Default 500. */
  readonly minIntervalMs?: number | undefined;
  /** Waits after failures. Default 1 s, times 1.6 each, at most 30 s, jitter 20 %. */
  readonly backoff?: BackoffOptions | undefined;
}

/**
 * Makes a resolver that finds the healthy servers of a service in Consul, and hears of changes at once
 * by blocking queries. While the agent cannot be reached, what was found last stays in use.
 *
 * Targets: `consul://host:port/service?passing=true&tag=..&dc=..&near=_agent&filter=..`; also `ns`, `partition`,
 * `peer`, `node-meta`, `stale`, `consistent`, `cached`, as Consul's HTTP API has them.
 * @throws {UsageError} when an option cannot be used.
 * @example
 * const consul = createConsulResolver({ token: process.env.CONSUL_HTTP_TOKEN });
 * const channel = createChannel("consul://127.0.0.1:8500/users", { resolvers: { consul } });
 */
export function createConsulResolver(options: ConsulResolverOptions = {}): ResolverFactory {
  const { waitMs = 300_000, minIntervalMs = 500, backoff } = options;
  checkRange("waitMs", waitMs, 1000, 600_000);
  checkRange("minIntervalMs", minIntervalMs, 0, Number.MAX_SAFE_INTEGER);
  // So that what is wrong with it is said here, and not by the first channel.
  toAgent(options);
  return {
    defaultAuthority: (target) => encodeURIComponent(parseConsulTarget(target).service),
    createResolver(given, listener, host) {
      const target = parseConsulTarget(given);
      const agent = toAgent(options, target.agent);
      const random = Math.random;
      const source = new ConsulSource({ agent, target, waitMs, minIntervalMs, random });
      return new WatchingResolver(source, listener, host, backoff);
    },
  };
}

function checkRange(name: string, value: number, least: number, most: number): void {
  if (value >= least && value <= most) return;
  throw new UsageError(
    `option ${name} is ${describeValue(value)}; it must be a number from ${least} to ${most}`,
  );
}
