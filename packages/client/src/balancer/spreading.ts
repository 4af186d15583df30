// Policies that spread calls over all READY endpoints: each is a rule that makes a picker of them, and this does the rest (gRFC A61).
import type { Endpoint } from "../resolver/endpoint.js";
import { publishAggregate } from "./aggregate.js";
import type { Balancer, BalancerHost, BalancerInput, BalancerPolicy, Picker } from "./balancer.js";
import { EndpointSet, type EndpointSetOptions } from "./endpoint-set.js";

/** One READY endpoint, as a rule sees it. */
export interface ReadyEndpoint<Memory> {
  readonly endpoint: Endpoint;
  readonly picker: Picker;
  /** What the rule remembers of it. */
  readonly memory: Memory;
}

/** What is particular to one policy. */
export interface SpreadingRule<Config, Memory = undefined>
  extends Pick<BalancerPolicy<Config>, "name" | "parseConfig"> {
  /**
   * What to remember of an endpoint from when it is first listed until it is listed no more, whatever
   * becomes of its connection. Default: nothing.
   */
  remember?(host: BalancerHost, config: Config): Memory;
  /** The host through which the endpoint's connections are made. Default: the policy's own. */
  hostOf?(memory: Memory, host: BalancerHost): BalancerHost;
  /** There may be a new config; called for each endpoint with each update. Default: nothing to do. */
  configure?(memory: Memory, config: Config): void;
  /** The picker for these endpoints, of which there is at least one. */
  createPicker(ready: readonly ReadyEndpoint<Memory>[], config: Config, host: BalancerHost): Picker;
}

/** The policy of a rule. All endpoints are connected, and reconnected when they are lost; calls wait until one is READY. */
export function createSpreadingPolicy<Config, Memory = undefined>(
  rule: SpreadingRule<Config, Memory>,
): BalancerPolicy<Config> {
  return {
    name: rule.name,
    parseConfig: (json, path) => rule.parseConfig(json, path),
    create: (host) => new SpreadingBalancer(host, rule),
  };
}

class SpreadingBalancer<Config, Memory> implements Balancer<Config> {
  readonly #host: BalancerHost;
  readonly #rule: SpreadingRule<Config, Memory>;
  readonly #endpoints: EndpointSet<Memory>;
  #config!: Config;

  constructor(host: BalancerHost, rule: SpreadingRule<Config, Memory>) {
    this.#host = host;
    this.#rule = rule;
    this.#endpoints = new EndpointSet(host, () => this.#publish(), this.#options());
  }

  update({ endpoints, config }: BalancerInput<Config>): void {
    this.#config = config;
    for (const { memory } of this.#endpoints.children) {
      this.#rule.configure?.(memory, config);
    }
    this.#endpoints.update(endpoints);
  }

  exitIdle(): void {
    this.#endpoints.exitIdle();
  }

  close(): void {
    this.#endpoints.close();
  }

  #options(): EndpointSetOptions<Memory> {
    const rule = this.#rule;
    return {
      connects: true,
      remember: () => rule.remember?.(this.#host, this.#config) as Memory,
      hostOf: (memory) => rule.hostOf?.(memory, this.#host) ?? this.#host,
    };
  }

  #publish(): void {
    publishAggregate(this.#host, this.#endpoints.children, (ready) =>
      this.#rule.createPicker(ready, this.#config, this.#host),
    );
  }
}
