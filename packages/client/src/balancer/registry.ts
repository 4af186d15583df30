// The balancing policies a channel knows: those that are built in, and those it is given.
import type { BalancerPolicy } from "./balancer.js";
import type { BalancerRegistry } from "./choose-policy.js";
import { createOutlierDetection } from "./outlier/outlier-detection.js";
import { leastRequest } from "./policy/least-request.js";
import { peakEwma } from "./policy/peak-ewma.js";
import { pickFirst } from "./policy/pick-first.js";
import { createPriority } from "./policy/priority.js";
import { createRandomSubsetting } from "./policy/random-subsetting.js";
import { ringHash } from "./policy/ring-hash.js";
import { roundRobin } from "./policy/round-robin.js";
import { createWeightedTarget } from "./policy/weighted-target.js";

const simple = [pickFirst, roundRobin, leastRequest, peakEwma, ringHash];

/** The built-in policies and those given; a given one replaces a built-in one of the same name. */
export function createBalancerRegistry(
  more: readonly BalancerPolicy<never>[] = [],
): BalancerRegistry {
  const registry = new Map<string, BalancerPolicy<never>>();
  const nesting = [
    createOutlierDetection(registry),
    createPriority(registry),
    createRandomSubsetting(registry),
    createWeightedTarget(registry),
  ];
  for (const policy of [...simple, ...nesting, ...more]) {
    registry.set(policy.name, policy as BalancerPolicy<never>);
  }
  return registry;
}
