// least_request: of a few endpoints drawn at random, the one with the fewest calls under way (gRFC A48).
import { Fields } from "../../service-config/field.js";
import { publishAggregate } from "../aggregate.js";
import type {
  AttemptObserver,
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import { type EndpointChild, EndpointSet } from "../endpoint-set.js";
import { withObserver } from "../observe.js";

/** Config of least_request. */
export interface LeastRequestConfig {
  /** How many endpoints are drawn for each call, 2 to 10. Default 2. */
  readonly choiceCount: number;
}

/** gRFC A48: more would make many clients send to the same one. */
const mostChoices = 10;

/** The policy `least_request_experimental`. */
export const leastRequest: BalancerPolicy<LeastRequestConfig> = {
  name: "least_request_experimental",
  parseConfig: (json, path) => {
    const choiceCount = new Fields(json, path).integer("choiceCount", 2) ?? 2;
    return { choiceCount: Math.min(choiceCount, mostChoices) };
  },
  create: (host) => new LeastRequest(host),
};

/** The calls under way to one endpoint. */
class Outstanding implements AttemptObserver {
  count = 0;

  started(): void {
    this.count += 1;
  }

  ended(): void {
    this.count -= 1;
  }
}

class LeastRequest implements Balancer<LeastRequestConfig> {
  readonly #host: BalancerHost;
  readonly #endpoints: EndpointSet;
  /** Kept while an endpoint is listed, whatever becomes of its connection. */
  readonly #outstanding = new WeakMap<EndpointChild, Outstanding>();
  #choiceCount = 2;

  constructor(host: BalancerHost) {
    this.#host = host;
    this.#endpoints = new EndpointSet(host, () => this.#publish());
  }

  update({ endpoints, config }: BalancerInput<LeastRequestConfig>): void {
    this.#choiceCount = config.choiceCount;
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
      const choices = ready.map((child) => ({
        picker: child.picker,
        outstanding: this.#outstandingOf(child),
      }));
      return new LeastRequestPicker(choices, this.#choiceCount, this.#host);
    });
  }

  #outstandingOf(child: EndpointChild): Outstanding {
    const known = this.#outstanding.get(child) ?? new Outstanding();
    this.#outstanding.set(child, known);
    return known;
  }
}

interface Choice {
  readonly picker: Picker;
  readonly outstanding: Outstanding;
}

class LeastRequestPicker implements Picker {
  readonly #choices: readonly Choice[];
  readonly #choiceCount: number;
  readonly #host: BalancerHost;

  constructor(choices: readonly Choice[], choiceCount: number, host: BalancerHost) {
    this.#choices = choices;
    this.#choiceCount = choiceCount;
    this.#host = host;
  }

  pick(call: PickedCall): Pick {
    let best = this.#draw();
    for (let i = 1; i < this.#choiceCount; i++) {
      const other = this.#draw();
      if (other.outstanding.count < best.outstanding.count) {
        best = other;
      }
    }
    return withObserver(best.picker.pick(call), best.outstanding);
  }

  /** With replacement, as gRFC A48 has it: cheap, and good enough. */
  #draw(): Choice {
    return this.#choices[Math.floor(this.#host.random() * this.#choices.length)] as Choice;
  }
}
