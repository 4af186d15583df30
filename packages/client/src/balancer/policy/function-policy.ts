// A balancing policy that is one plain function: it gets the READY endpoints and the call, and says where the call goes.
import { Code, RpcError } from "@trunkline/core";
import type { Endpoint } from "../../resolver/endpoint.js";
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
import { type EndpointChild, EndpointSet } from "../endpoint-set.js";

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
  return { name, parseConfig, create: (host) => new FunctionPolicy(host, name, pick) };
}

class FunctionPolicy<Config> implements Balancer<Config> {
  readonly #host: BalancerHost;
  readonly #name: string;
  readonly #pick: PickFunction<Config>;
  readonly #endpoints: EndpointSet;
  #config!: Config;

  constructor(host: BalancerHost, name: string, pick: PickFunction<Config>) {
    this.#host = host;
    this.#name = name;
    this.#pick = pick;
    this.#endpoints = new EndpointSet(host, () => this.#publish());
  }

  update({ endpoints, config }: BalancerInput<Config>): void {
    this.#config = config;
    this.#endpoints.update(endpoints);
  }

  exitIdle(): void {
    this.#endpoints.exitIdle();
  }

  close(): void {
    this.#endpoints.close();
  }

  #publish(): void {
    publishAggregate(this.#host, this.#endpoints.children, (ready) => this.#createPicker(ready));
  }

  #createPicker(ready: readonly EndpointChild[]): Picker {
    const endpoints = ready.map((child) => child.endpoint);
    const pickers = new Map(ready.map((child) => [child.endpoint, child.picker]));
    const config = this.#config;
    return {
      pick: (call) => {
        try {
          const picker = pickers.get(this.#pick(endpoints, call, config));
          return picker === undefined ? this.#strayed() : picker.pick(call);
        } catch (cause) {
          return this.#threw(cause);
        }
      },
    };
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
