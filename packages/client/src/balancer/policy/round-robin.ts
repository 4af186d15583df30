// round_robin: each call goes to the next READY endpoint (gRFC A24, A61).
import { Fields } from "../../service-config/field.js";
import type { BalancerHost, BalancerPolicy, Pick, PickedCall, Picker } from "../balancer.js";
import { createSpreadingPolicy } from "../spreading.js";

/** The policy `round_robin`; its config has no fields. */
export const roundRobin: BalancerPolicy<undefined> = createSpreadingPolicy<undefined>({
  name: "round_robin",
  parseConfig: (json, path) => {
    new Fields(json, path);
    return undefined;
  },
  createPicker: (ready, _config, host) =>
    new RoundRobinPicker(
      ready.map(({ picker }) => picker),
      host,
    ),
});

/** Takes turns; also used by policies that fall back to it. */
export class RoundRobinPicker implements Picker {
  readonly #pickers: readonly Picker[];
  #next: number;

  constructor(pickers: readonly Picker[], host: BalancerHost) {
    this.#pickers = pickers;
    // Clients that start together must not all begin with the same server.
    this.#next = Math.floor(host.random() * pickers.length);
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
