// Children of a policy by their names, each with a config that chooses it and the endpoints meant for it.
import type { Endpoint } from "../resolver/endpoint.js";
import { ConnectivityState } from "../subchannel/state.js";
import type { Balancer, BalancerHost, BalancerInput, BalancerPolicy, Picker } from "./balancer.js";
import { Child } from "./child.js";
import type { ChosenPolicy } from "./choose-policy.js";
import { GracefulSwitch } from "./graceful-switch.js";

/** A policy that is chosen anew with each update. */
const chosen: BalancerPolicy<ChosenPolicy> = {
  name: "chosen",
  parseConfig: () => {
    throw new Error("has no config of its own");
  },
  create: (host) => new Chosen(host),
};

class Chosen implements Balancer<ChosenPolicy> {
  readonly #switch: GracefulSwitch;

  constructor(host: BalancerHost) {
    this.#switch = new GracefulSwitch(host);
  }

  update({ endpoints, config }: BalancerInput<ChosenPolicy>): void {
    this.#switch.update(endpoints, config);
  }

  exitIdle(): void {
    this.#switch.exitIdle();
  }

  close(): void {
    this.#switch.close();
  }
}

/** One child with a name. */
export class NamedChild {
  readonly name: string;
  readonly #child: Child<ChosenPolicy>;

  constructor(name: string, host: BalancerHost, changed: (child: NamedChild) => void) {
    this.name = name;
    this.#child = new Child(chosen, host, () => changed(this));
  }

  get state(): ConnectivityState {
    return this.#child.state;
  }

  get picker(): Picker {
    return this.#child.picker;
  }

  /** Hands on those endpoints that are meant for it, one step of their path shorter. */
  update(endpoints: readonly Endpoint[], config: ChosenPolicy): void {
    const own = endpoints
      .filter((endpoint) => endpoint.path?.[0] === this.name)
      .map((endpoint) => ({ ...endpoint, path: endpoint.path?.slice(1) }));
    this.#child.update({ endpoints: own, config });
  }

  exitIdle(): void {
    if (this.state === ConnectivityState.IDLE) {
      this.#child.exitIdle();
    }
  }

  close(): void {
    this.#child.close();
  }
}
