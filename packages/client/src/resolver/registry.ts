// Which scheme is answered by which resolver: a plain table for each channel, no global state.
import type { ResolverFactory } from "./resolver.js";
import {
  ipv4Resolver,
  ipv6Resolver,
  passthroughResolver,
  unixAbstractResolver,
  unixResolver,
} from "./static-addresses.js";

/** The resolvers a channel knows, by lower-case scheme. */
export type ResolverRegistry = ReadonlyMap<string, ResolverFactory>;

/** The built-in schemes that need nothing of the runtime, and those given. */
export function createResolverRegistry(
  more: Readonly<Record<string, ResolverFactory>> = {},
): ResolverRegistry {
  const registry = new Map<string, ResolverFactory>([
    ["ipv4", ipv4Resolver],
    ["ipv6", ipv6Resolver],
    ["unix", unixResolver],
    ["unix-abstract", unixAbstractResolver],
    ["passthrough", passthroughResolver],
  ]);
  for (const [scheme, factory] of Object.entries(more)) {
    registry.set(scheme.toLowerCase(), factory);
  }
  return registry;
}
