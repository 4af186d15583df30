// The port between a channel and whatever finds its addresses; DNS and fixed lists are the first to fit it.
import type { Address } from "./address.js";
import type { Target } from "./target.js";

/** What a resolver tells its channel. */
export interface ResolverListener {
  /** A new set of addresses, in order of preference, replaces the last one. Never empty. */
  addressesFound(addresses: readonly Address[]): void;
  /** Nothing could be found; what was found before stays in force. The resolver tries again when asked to. */
  resolutionFailed(error: Error): void;
}

/** Finds the addresses of one target for one channel. */
export interface Resolver {
  /** Looks now, unless a look-up is already under way. The channel calls it first, and again whenever connections fail. */
  resolve(): void;
  /** Ends it: the listener hears no more. */
  close(): void;
}

/** Makes resolvers for one scheme. */
export interface ResolverFactory {
  /**
   * The `:authority` of the channel unless an option names another one.
   * @throws {UsageError} when the target is not valid for the scheme: called once, when the channel is made.
   */
  defaultAuthority(target: Target): string;
  createResolver(target: Target, listener: ResolverListener): Resolver;
}
