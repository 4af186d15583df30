// The balancing policies a channel knows: those that are built in, and those it is given.
import type { AnyBalancerPolicy } from "./balancer.js";
import type { BalancerRegistry } from "./choose-policy.js";
import { createOutlierDetection } from "./outlier/outlier-detection.js";
import { leastRequest } from "./policy/least-request.js";
import { peakEwma } from "./policy/peak-ewma.js";
import { pickFirst } from "./policy/pick-first.js";
import { createPriority } from "./policy/priority.js";
import { createRandomSubsetting } from "./policy/random-subsetting.js";
import { ringHash } from "./policy/ring-hash.js";
import { roundRobin } from "./policy/round-robin.js";
import { weightedRoundRobin } from "./policy/weighted-round-robin.js";
import { createWeightedTarget } from "./policy/weighted-target.js";
import { createZonePreference } from "./zone/zone-preference.js";

const simple = [pickFirst, roundRobin, weightedRoundRobin, leastRequest, peakEwma, ringHash];

/**
 * The built-in policies and those given; a given one replaces a built-in one of the same name. Built-in
 * ones are also known without the `_experimental` that gRPC's documents put behind some of their names.
 * @param zone where the client runs, for zone_preference.
 */
export function createBalancerRegistry(
  more: readonly AnyBalancerPolicy[] = [],
  zone?: string,
): BalancerRegistry {
  const registry = new Map<string, AnyBalancerPolicy>();
  const nesting = [
    createOutlierDetection(registry),
    createPriority(registry),
    createRandomSubsetting(registry),
    createWeightedTarget(registry),
    createZonePreference(registry, zone),
  ];
  for (const policy of [...simple, ...nesting] as AnyBalancerPolicy[]) {
    registry.set(policy.name, policy);
    registry.set(policy.name.replace(/_experimental$/, ""), policy);
  }
  for (const policy of more) {
    registry.set(policy.name, policy);
  }
  return registry;
}
