// least_request: of a few endpoints drawn at random, the one with the fewest calls under way (gRFC A48).
import { Fields } from "../../service-config/field.js";
import type {
  AttemptObserver,
  BalancerHost,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import { withObserver } from "../observe.js";
import { createSpreadingPolicy, type ReadyEndpoint } from "../spreading.js";

/** Config of least_request. */
export interface LeastRequestConfig {
  /** How many endpoints are drawn for each call, 2 to 10. Default 2. */
  readonly choiceCount: number;
}

/** gRFC A48: more would make many clients send to the same one. */
const mostChoices = 10;

/** The policy `least_request_experimental`. */
export const leastRequest: BalancerPolicy<LeastRequestConfig> = createSpreadingPolicy({
  name: "least_request_experimental",
  parseConfig: (json, path) => {
    const choiceCount = new Fields(json, path).integer("choiceCount", 2) ?? 2;
    return { choiceCount: Math.min(choiceCount, mostChoices) };
  },
  remember: () => new Outstanding(),
  createPicker: (ready, { choiceCount }, host) => new LeastRequestPicker(ready, choiceCount, host),
});

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

type Choice = ReadyEndpoint<Outstanding>;

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
      if (other.memory.count < best.memory.count) {
        best = other;
      }
    }
    return withObserver(best.picker.pick(call), best.memory);
  }

  /** With replacement, as gRFC A48 has it: cheap, and good enough. */
  #draw(): Choice {
    return this.#choices[Math.floor(this.#host.random() * this.#choices.length)] as Choice;
  }
}
