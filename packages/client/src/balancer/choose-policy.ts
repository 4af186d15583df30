// How a list of configs chooses one of the policies that a channel knows (gRFC A24).
import { UsageError } from "@trunkline/core";
import { Fields } from "../service-config/field.js";
import type { AnyBalancerPolicy, BalancerPolicy } from "./balancer.js";

/** The policies a channel knows, by name. */
export type BalancerRegistry = ReadonlyMap<string, AnyBalancerPolicy>;

/** A policy and what its parser made of its config. */
export interface ChosenPolicy {
  readonly policy: BalancerPolicy;
  readonly config: unknown;
}

/**
 * The first policy of a `loadBalancingConfig` list that is known.
 * @param path where the list stands in the service config.
 * @throws {UsageError} when the list is malformed, none is known, or the config of the chosen one is wrong.
 */
export function choosePolicy(
  list: unknown,
  path: string,
  registry: BalancerRegistry,
): ChosenPolicy {
  if (!Array.isArray(list)) {
    throw new UsageError(`${path} is ${JSON.stringify(list)}; it must be a list of policies`);
  }
  const names = list.map((entry, i) => policyName(entry, `${path}[${i}]`));
  const index = names.findIndex((name) => registry.has(name));
  const name = names[index] ?? "";
  const policy = registry.get(name) as BalancerPolicy | undefined;
  if (policy === undefined) {
    const known = [...registry.keys()].join(", ");
    throw new UsageError(`${path} names ${names.join(", ") || "no policy"}; known are ${known}`);
  }
  const json: unknown = list[index][name];
  return { policy, config: policy.parseConfig(json, `${path}[${index}].${name}`) };
}

function policyName(entry: unknown, path: string): string {
  const names = new Fields(entry, path).names;
  const name = names[0];
  if (names.length !== 1 || name === undefined) {
    throw new UsageError(
      `${path} has ${names.length} fields; it must have exactly one, the name of a policy`,
    );
  }
  return name;
}
