// random_subsetting: of many endpoints each client uses a few, chosen so that servers share clients evenly (gRFC A68).
import { formatAddress } from "../../resolver/address.js";
import type { Endpoint } from "../../resolver/endpoint.js";
import { Fields } from "../../service-config/field.js";
import type { Balancer, BalancerHost, BalancerInput, BalancerPolicy } from "../balancer.js";
import { type BalancerRegistry, type ChosenPolicy, choosePolicy } from "../choose-policy.js";
import { GracefulSwitch } from "../graceful-switch.js";
import { xxHash64 } from "./xxhash64.js";

/** Config of random_subsetting. */
export interface RandomSubsettingConfig {
  /** How many endpoints are used, from 1. */
  readonly subsetSize: number;
  readonly child: ChosenPolicy;
}

/** The policy `random_subsetting_experimental`, whose children come from `registry`. */
export function createRandomSubsetting(
  registry: BalancerRegistry,
): BalancerPolicy<RandomSubsettingConfig> {
  return {
    name: "random_subsetting_experimental",
    parseConfig: (json, path) => {
      const fields = new Fields(json, path);
      const subsetSize =
        fields.integer("subsetSize", 1) ?? fields.refuse("subsetSize", "a whole number from 1");
      const child = choosePolicy(fields.get("childPolicy"), fields.at("childPolicy"), registry);
      return { subsetSize, child };
    },
    create: (host) => new RandomSubsetting(host),
  };
}

class RandomSubsetting implements Balancer<RandomSubsettingConfig> {
  readonly #child: GracefulSwitch;
  /** The same for the life of the channel: endpoints that come and go move as few connections as possible. */
  readonly #seed: bigint;

  constructor(host: BalancerHost) {
    this.#child = new GracefulSwitch(host);
    this.#seed = BigInt(Math.floor(host.random() * 2 ** 48));
  }

  update({ endpoints, config }: BalancerInput<RandomSubsettingConfig>): void {
    const subset = chooseSubset(endpoints, config.subsetSize, this.#seed);
    this.#child.update(subset, config.child);
  }

  exitIdle(): void {
    this.#child.exitIdle();
  }

  close(): void {
    this.#child.close();
  }
}

/** Rendezvous hashing: those whose hashes are the smallest, in the order in which they were given. */
export function chooseSubset(
  endpoints: readonly Endpoint[],
  size: number,
  seed: bigint,
): readonly Endpoint[] {
  if (endpoints.length <= size) {
    return endpoints;
  }
  const hashed = endpoints.map((endpoint) => {
    const [first] = endpoint.addresses;
    return { endpoint, hash: xxHash64(first === undefined ? "" : formatAddress(first), seed) };
  });
  hashed.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
  const chosen = new Set(hashed.slice(0, size).map(({ endpoint }) => endpoint));
  return endpoints.filter((endpoint) => chosen.has(endpoint));
}
