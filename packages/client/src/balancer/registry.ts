// The balancing policies a channel knows: those that are built in, and those it is given.
import type { BalancerPolicy } from "./balancer.js";
import type { BalancerRegistry } from "./choose-policy.js";
import { leastRequest } from "./least-request.js";
import { pickFirst } from "./pick-first.js";
import { createRandomSubsetting } from "./random-subsetting.js";
import { ringHash } from "./ring-hash.js";
import { roundRobin } from "./round-robin.js";

/** The built-in policies and those given; a given one replaces a built-in one of the same name. */
export function createBalancerRegistry(
  more: readonly BalancerPolicy<never>[] = [],
): BalancerRegistry {
  const registry = new Map<string, BalancerPolicy<never>>();
  const nesting = [createRandomSubsetting(registry)];
  for (const policy of [pickFirst, roundRobin, leastRequest, ringHash, ...nesting, ...more]) {
    registry.set(policy.name, policy as BalancerPolicy<never>);
  }
  return registry;
}
