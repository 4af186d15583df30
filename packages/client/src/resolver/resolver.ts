// The port between a channel and whatever finds its endpoints: DNS, fixed lists, registries of services.
import type { Clock, Log } from "@trunkline/core";
import type { Endpoint } from "./endpoint.js";
import type { Target } from "./target.js";

/** What a resolver has found out about its target. */
export interface Resolution {
  /** In order of preference; replaces what was found before. Empty: the target exists, but nobody serves it. */
  readonly endpoints: readonly Endpoint[];
  /** The service config that came with them, as JSON, or why there is none that can be used (gRFC A21). */
  readonly serviceConfig?: unknown;
  /** How long it holds, milliseconds; the channel asks again after it, at the earliest after 1000. Default until connections fail. */
  readonly ttlMs?: number | undefined;
}

/** What a resolver tells its channel. */
export interface ResolverListener {
  /** Something was found. */
  resolved(resolution: Resolution): void;
  /** Nothing could be found; what was found before stays in force. The channel asks again after a while. */
  failed(error: Error): void;
}

/** Finds the endpoints of one target for one channel. */
export interface Resolver {
  /** Least time between two look-ups that failing connections ask for, milliseconds. Default 5000. */
  readonly minIntervalMs?: number | undefined;
  /**
   * Looks now, unless a look-up is already under way. The channel calls it first, and again whenever
   * connections fail. A resolver that watches its source tells what changes without being asked.
   */
  resolve(): void;
  /** Ends it: the listener hears no more. */
  close(): void;
}

/** What a resolver may use of its channel. */
export interface ResolverHost {
  /** Time, for those that watch or wait. */
  readonly clock: Clock;
  /** Hears what is worth knowing. */
  readonly log: Log;
}

/** Makes resolvers for one scheme. */
export interface ResolverFactory {
  /**
   * The `:authority` of the channel unless an option names another one.
   * @throws {UsageError} when the target is not valid for the scheme: called once, when the channel is made.
   */
  defaultAuthority(target: Target): string;
  /** One resolver for one channel. */
  createResolver(target: Target, listener: ResolverListener, host: ResolverHost): Resolver;
}
