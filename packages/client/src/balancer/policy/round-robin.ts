// round_robin: each call goes to the next READY endpoint (gRFC A24, A61).

import { Fields } from "../../service-config/field.js";
import { publishAggregate } from "../aggregate.js";
import type {
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import { EndpointSet } from "../endpoint-set.js";

/** The policy `round_robin`; its config has no fields. */
export const roundRobin: BalancerPolicy<undefined> = {
  name: "round_robin",
  parseConfig: (json, path) => {
    new Fields(json, path);
    return undefined;
  },
  create: (host) => new RoundRobin(host),
};

class RoundRobin implements Balancer<undefined> {
  readonly #host: BalancerHost;
  readonly #endpoints: EndpointSet;

  constructor(host: BalancerHost) {
    this.#host = host;
    this.#endpoints = new EndpointSet(host, () => this.#publish());
  }

  update({ endpoints }: BalancerInput<undefined>): void {
    this.#endpoints.update(endpoints);
  }

  exitIdle(): void {
    this.#endpoints.exitIdle();
  }

  close(): void {
    this.#endpoints.close();
  }

  #publish(): void {
    publishAggregate(this.#host, this.#endpoints.children, (ready) => {
      // Clients that start together must not all begin with the same server.
      const first = Math.floor(this.#host.random() * ready.length);
      return new RoundRobinPicker(
        ready.map((child) => child.picker),
        first,
      );
    });
  }
}

/** Takes turns; also used by policies that fall back to it. */
export class RoundRobinPicker implements Picker {
  readonly #pickers: readonly Picker[];
  #next: number;

  constructor(pickers: readonly Picker[], first: number) {
    this.#pickers = pickers;
    this.#next = first;
  }

  pick(call: PickedCall): Pick {
    const picker = this.#pickers[this.#next] as Picker;
    this.#next += 1;
    if (this.#next === this.#pickers.length) {
      this.#next = 0;
    }
    return picker.pick(call);
  }
}
