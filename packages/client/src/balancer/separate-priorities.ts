// Puts a policy for each priority of the endpoints under one that goes down from the first (RFC 2782, gRFC A56).
import type { Endpoint } from "../resolver/endpoint.js";
import type { BalancerPolicy } from "./balancer.js";
import type { ChosenPolicy } from "./choose-policy.js";
import { createPriority, type PriorityConfig } from "./policy/priority.js";

const priority = createPriority(new Map()) as BalancerPolicy;

/** What a channel gives its policy. */
export interface SeparatedInput {
  readonly endpoints: readonly Endpoint[];
  readonly chosen: ChosenPolicy;
}

/**
 * The policy and its endpoints when those have priorities of more than one kind; else all as it was.
 * pick_first goes by the order alone unless it shuffles.
 */
export function separatePriorities(
  endpoints: readonly Endpoint[],
  chosen: ChosenPolicy,
): SeparatedInput {
  const levels = [...new Set(endpoints.map(priorityOf))].sort((a, b) => a - b);
  if (levels.length < 2) {
    return { endpoints, chosen };
  }
  const { shuffleAddressList } = (chosen.config ?? {}) as { shuffleAddressList?: unknown };
  if (chosen.policy.name === "pick_first" && shuffleAddressList !== true) {
    const sorted = [...endpoints].sort((a, b) => priorityOf(a) - priorityOf(b));
    return { endpoints: sorted, chosen };
  }
  const config: PriorityConfig = {
    children: new Map(levels.map((level) => [String(level), chosen])),
    priorities: levels.map(String),
  };
  return {
    endpoints: endpoints.map((endpoint) => {
      return { ...endpoint, path: [String(priorityOf(endpoint)), ...(endpoint.path ?? [])] };
    }),
    chosen: { policy: priority, config },
  };
}

function priorityOf({ priority = 0 }: Endpoint): number {
  return priority;
}
