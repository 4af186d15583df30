// A balancing policy that is one plain function: it gets the READY endpoints and the call, and says where the call goes.
import { Code, RpcError } from "@trunkline/core";
import type { Endpoint } from "../../resolver/endpoint.js";
import type { BalancerPolicy, Pick, PickedCall, Picker } from "../balancer.js";
import { createSpreadingPolicy, type ReadyEndpoint } from "../spreading.js";

/** Chooses one of the READY endpoints, of which there is at least one. */
export type PickFunction<Config = unknown> = (
  ready: readonly Endpoint[],
  call: PickedCall,
  config: Config,
) => Endpoint;

/**
 * Makes a policy of a function. All endpoints are connected; calls wait until one is READY.
 * @param name as `loadBalancingConfig` names it.
 * @param pick what it answers must be one of the endpoints it was given; anything else fails the call.
 * @param parseConfig checks the policy's JSON config. Default: takes it as it is.
 * @example
 * const sticky = createPolicy("sticky", (ready, call) => ready[hash(call.metadata) % ready.length]);
 * createChannel(target, { balancers: [sticky], serviceConfig: { loadBalancingConfig: [{ sticky: {} }] } });
 */
export function createPolicy<Config = unknown>(
  name: string,
  pick: PickFunction<Config>,
  parseConfig: BalancerPolicy<Config>["parseConfig"] = (json) => json as Config,
): BalancerPolicy<Config> {
  return createSpreadingPolicy<Config>({
    name,
    parseConfig,
    createPicker: (ready, config) => new FunctionPicker(name, ready, pick, config),
  });
}

/** Asks the function; what it does wrong fails the call and nothing else. */
class FunctionPicker<Config> implements Picker {
  readonly #name: string;
  readonly #choose: (endpoints: readonly Endpoint[], call: PickedCall) => Endpoint;
  readonly #endpoints: readonly Endpoint[];
  readonly #pickers: ReadonlyMap<Endpoint, Picker>;

  constructor(
    name: string,
    ready: readonly ReadyEndpoint<undefined>[],
    choose: PickFunction<Config>,
    config: Config,
  ) {
    this.#name = name;
    this.#choose = (endpoints, call) => choose(endpoints, call, config);
    this.#endpoints = ready.map(({ endpoint }) => endpoint);
    this.#pickers = new Map(ready.map(({ endpoint, picker }) => [endpoint, picker]));
  }

  pick(call: PickedCall): Pick {
    try {
      const picker = this.#pickers.get(this.#choose(this.#endpoints, call));
      return picker === undefined ? this.#strayed() : picker.pick(call);
    } catch (cause) {
      return this.#threw(cause);
    }
  }

  #strayed(): Pick {
    return fail(`the policy "${this.#name}" answered with an endpoint that is not READY`);
  }

  #threw(cause: unknown): Pick {
    return fail(`the policy "${this.#name}" threw: ${RpcError.from(cause).message}`, cause);
  }
}

function fail(text: string, cause?: unknown): Pick {
  return { kind: "drop", error: new RpcError(Code.INTERNAL, text, { cause }) };
}
