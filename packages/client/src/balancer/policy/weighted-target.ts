// weighted_target: splits calls between named children by weight, at random (gRFC A28).
import { Fields } from "../../service-config/field.js";
import { publishAggregate } from "../aggregate.js";
import type { Balancer, BalancerHost, BalancerInput, BalancerPolicy, Picker } from "../balancer.js";
import { type BalancerRegistry, type ChosenPolicy, choosePolicy } from "../choose-policy.js";
import { NamedChild } from "../named-children.js";

/** Config of weighted_target. */
export interface WeightedTargetConfig {
  readonly targets: ReadonlyMap<string, { readonly weight: number; readonly child: ChosenPolicy }>;
}

/** The policy `weighted_target_experimental`, whose children come from `registry`. */
export function createWeightedTarget(
  registry: BalancerRegistry,
): BalancerPolicy<WeightedTargetConfig> {
  return {
    name: "weighted_target_experimental",
    parseConfig: (json, path) => {
      const fields = new Fields(json, path);
      const targets = fields.object("targets") ?? fields.refuse("targets", "an object of targets");
      return {
        targets: new Map(
          targets.names.map((name) => {
            const target = new Fields(targets.get(name), targets.at(name));
            const weight =
              target.integer("weight", 1) ?? target.refuse("weight", "a whole number from 1");
            const list = target.get("childPolicy");
            const child = choosePolicy(list, target.at("childPolicy"), registry);
            return [name, { weight, child }];
          }),
        ),
      };
    },
    create: (host) => new WeightedTarget(host),
  };
}

class WeightedTarget implements Balancer<WeightedTargetConfig> {
  readonly #host: BalancerHost;
  readonly #children = new Map<string, NamedChild>();
  #config: WeightedTargetConfig = { targets: new Map() };
  #isUpdating = false;

  constructor(host: BalancerHost) {
    this.#host = host;
  }

  update({ endpoints, config }: BalancerInput<WeightedTargetConfig>): void {
    this.#config = config;
    this.#isUpdating = true;
    for (const [name, child] of this.#children) {
      if (!config.targets.has(name)) {
        this.#children.delete(name);
        child.close();
      }
    }
    for (const [name, target] of config.targets) {
      const known = this.#children.get(name) ?? this.#create(name);
      known.update(endpoints, target.child);
    }
    this.#isUpdating = false;
    this.#publish();
  }

  exitIdle(): void {
    for (const child of this.#children.values()) {
      child.exitIdle();
    }
  }

  close(): void {
    for (const child of this.#children.values()) {
      child.close();
    }
    this.#children.clear();
  }

  #create(name: string): NamedChild {
    const child = new NamedChild(name, this.#host, () => this.#isUpdating || this.#publish());
    this.#children.set(name, child);
    return child;
  }

  #publish(): void {
    publishAggregate(this.#host, this.#children.values(), (ready) =>
      createWeightedPicker(
        ready.map(({ name, picker }) => ({
          picker,
          weight: this.#config.targets.get(name)?.weight ?? 1,
        })),
        () => this.#host.random(),
      ),
    );
  }
}

/** Draws one of the pickers, each as likely as its weight says. */
function createWeightedPicker(
  choices: readonly { readonly picker: Picker; readonly weight: number }[],
  random: () => number,
): Picker {
  const total = choices.reduce((sum, { weight }) => sum + weight, 0);
  return {
    pick: (call) => {
      let rest = random() * total;
      for (const { picker, weight } of choices) {
        rest -= weight;
        if (rest < 0) {
          return picker.pick(call);
        }
      }
      // Only a rounding error leads here.
      return (choices.at(-1) as { picker: Picker }).picker.pick(call);
    },
  };
}
