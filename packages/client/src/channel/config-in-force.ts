// Which service config is in force: the resolver's, the last good one, or the channel's own (gRFC A21).
import { UsageError } from "@trunkline/core";
import type { BalancerRegistry, ChosenPolicy } from "../balancer/choose-policy.js";
import { choosePolicy } from "../balancer/choose-policy.js";
import { parseServiceConfig } from "../service-config/parse-service-config.js";
import {
  emptyServiceConfig,
  findMethodConfig,
  type MethodConfig,
  type ServiceConfig,
} from "../service-config/service-config.js";

/** What a channel's options say about its service config. */
export interface ConfigSettings {
  /** The channel's own config. */
  readonly serviceConfig?: unknown;
  /** Whether configs of resolvers are ignored. */
  readonly ignoreResolvedServiceConfig?: boolean | undefined;
}

/** See the file's first line. */
export class ConfigInForce {
  /** Methods whose config is not known before the first resolution wait for it. */
  isKnown = false;
  #config: ServiceConfig;
  readonly #own: ServiceConfig;
  readonly #ignoresResolved: boolean;
  readonly #registry: BalancerRegistry;
  readonly #fallback: ChosenPolicy;
  #hasResolved = false;
  #latestText: string | undefined;

  /** @throws {UsageError} when the channel's own config cannot be used. */
  constructor(settings: ConfigSettings, registry: BalancerRegistry) {
    this.#registry = registry;
    this.#ignoresResolved = settings.ignoreResolvedServiceConfig === true;
    this.#own =
      settings.serviceConfig === undefined
        ? emptyServiceConfig
        : parseServiceConfig(settings.serviceConfig, registry);
    this.#config = this.#own;
    this.#fallback = choosePolicy([{ pick_first: {} }], "loadBalancingConfig", registry);
  }

  get service(): ServiceConfig {
    return this.#config;
  }

  get balancer(): ChosenPolicy {
    return this.#config.balancer ?? this.#fallback;
  }

  method(path: string): MethodConfig | undefined {
    return findMethodConfig(this.#config, path);
  }

  /** The channel has gone idle: what resolvers say is waited for again. */
  unsettle(): void {
    this.isKnown = false;
  }

  /** There is nothing to wait for any longer: what is there is in force. */
  settle(): void {
    this.isKnown = true;
  }

  /**
   * Takes what a resolver found: a config, an error, or undefined.
   * @returns why it cannot be used, if so; what was in force before stays.
   */
  accept(found: unknown): UnusableConfig | undefined {
    if (this.#ignoresResolved || found === undefined) {
      this.#config = this.#own;
      this.#latestText = undefined;
      this.settle();
      return undefined;
    }
    try {
      this.#take(found);
      this.#hasResolved = true;
      this.settle();
      return undefined;
    } catch (error) {
      return { reason: error as Error, isFirst: !this.#hasResolved };
    }
  }

  #take(found: unknown): void {
    if (found instanceof Error) {
      throw found;
    }
    const text = typeof found === "string" ? found : JSON.stringify(found);
    if (text === undefined) {
      throw new UsageError(`the service config of the resolver is of type ${typeof found}`);
    }
    // The same config again must not make policies begin anew.
    if (text !== this.#latestText) {
      this.#config = parseServiceConfig(text, this.#registry, "the resolver's service config");
      this.#latestText = text;
    }
  }
}

/** A resolver's config that cannot be used. */
export interface UnusableConfig {
  readonly reason: Error;
  /** There is no earlier one to stay with: calls cannot be made. */
  readonly isFirst: boolean;
}
