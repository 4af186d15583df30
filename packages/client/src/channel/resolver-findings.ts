// What a channel's resolver finds, made into what the channel goes on with: endpoints and a policy for them, or the failure of its calls.
import { Code, RpcError } from "@trunkline/core";
import { type SeparatedInput, separatePriorities } from "../balancer/separate-priorities.js";
import { endpointKey } from "../resolver/endpoint.js";
import type { Resolution, ResolverListener } from "../resolver/resolver.js";
import type { RetryRules } from "../retry/retry-rules.js";
import { type TracedChannel, traceChannel } from "./channel-trace.js";
import type { ConfigInForce, UnusableConfig } from "./config-in-force.js";

/** What the findings are told to. */
export interface FindingsHost extends TracedChannel {
  /** There are endpoints, and a config in force, which may be another one than before. */
  found(input: SeparatedInput): void;
  /** There is nothing to send calls to. */
  foundNothing(failure: RpcError): void;
}

/** See the file's first line. */
export class ResolverFindings implements ResolverListener {
  /** Whether the resolver has found any since the channel was idle. */
  hasAddresses = false;
  readonly #host: FindingsHost;
  readonly #config: ConfigInForce;
  readonly #retries: RetryRules;

  constructor(host: FindingsHost, config: ConfigInForce, retries: RetryRules) {
    this.#host = host;
    this.#config = config;
    this.#retries = retries;
  }

  /** The channel has gone idle: what resolvers say is waited for again. */
  forget(): void {
    this.hasAddresses = false;
    this.#config.unsettle();
  }

  resolved({ endpoints, serviceConfig }: Resolution): void {
    const keys = endpoints.map(endpointKey);
    traceChannel(this.#host, "resolver", "endpoints found", { endpoints: keys });
    const unusable = this.#config.accept(serviceConfig);
    if (unusable !== undefined && !this.#mayKeepConfig(unusable)) {
      return;
    }
    this.#retries.configure(this.#config.service.retryThrottling);
    this.hasAddresses = true;
    const from =
      serviceConfig === undefined || unusable ? "before, or the channel" : "the resolver";
    const policy = this.#config.balancer.policy.name;
    traceChannel(this.#host, "config", "service config in force", { from, policy });
    this.#host.found(separatePriorities(endpoints, this.#config.balancer));
  }

  /** False when there is no config at all to go on with: calls fail until there is one (gRFC A21). */
  #mayKeepConfig({ reason, isFirst }: UnusableConfig): boolean {
    const { log, target } = this.#host;
    log.warn("the service config of the resolver cannot be used", {
      target,
      error: reason.message,
      inForce: isFirst ? "none" : "the one before",
    });
    if (isFirst) {
      const text = `the service config of "${target}" cannot be used: ${reason.message}`;
      this.#host.foundNothing(new RpcError(Code.UNAVAILABLE, text, { cause: reason }));
    }
    return !isFirst;
  }

  failed(error: Error): void {
    traceChannel(this.#host, "resolver", "name resolution failed", { error: error.message });
    if (!this.hasAddresses) {
      this.#config.settle();
      const text = `no addresses of "${this.#host.target}": ${error.message}`;
      this.#host.foundNothing(new RpcError(Code.UNAVAILABLE, text, { cause: error }));
    }
  }
}
