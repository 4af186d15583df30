// A service config as the channel uses it, checked and in its own units.
import type { Code } from "@trunkline/core";
import type { ChosenPolicy } from "../balancer/choose-policy.js";

/** Retries of a method. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly backoffMultiplier: number;
  readonly retryableCodes: ReadonlySet<Code>;
  /** Infinity: no limit of its own. */
  readonly perAttemptTimeoutMs: number;
}

/** Hedging of a method. */
export interface HedgingPolicy {
  readonly maxAttempts: number;
  readonly delayMs: number;
  readonly nonFatalCodes: ReadonlySet<Code>;
}

/** What holds for one method. */
export interface MethodConfig {
  /** Undefined: the call's own choice. */
  readonly waitForReady: boolean | undefined;
  /** Infinity: no limit. */
  readonly timeoutMs: number;
  /** Infinity: no limit. */
  readonly maxRequestMessageBytes: number;
  /** Undefined: the channel's own. */
  readonly maxResponseMessageBytes: number | undefined;
  readonly retryPolicy: RetryPolicy | undefined;
  readonly hedgingPolicy: HedgingPolicy | undefined;
}

/** The token bucket of retries. */
export interface RetryThrottling {
  readonly maxTokens: number;
  readonly tokenRatio: number;
}

/** See the file's first line. */
export interface ServiceConfig {
  /** Undefined: the channel's default policy. */
  readonly balancer: ChosenPolicy | undefined;
  /** By `/service/method`, `/service/` and, for all others, the empty string. */
  readonly methods: ReadonlyMap<string, MethodConfig>;
  readonly retryThrottling: RetryThrottling | undefined;
  /** The service whose health is watched; undefined: none. */
  readonly healthServiceName: string | undefined;
  /** 1 or more; the channel has a limit of its own (gRFC A105). Undefined: as the channel has it. */
  readonly maxConnectionsPerSubchannel: number | undefined;
}

/** What holds when nobody has said anything. */
export const emptyServiceConfig: ServiceConfig = {
  balancer: undefined,
  methods: new Map(),
  retryThrottling: undefined,
  healthServiceName: undefined,
  maxConnectionsPerSubchannel: undefined,
};

/** What was found before, by path: cutting a path up costs more than all the rest of a lookup. */
const found = new WeakMap<ServiceConfig, Map<string, MethodConfig | undefined>>();
/** Proxies get their paths from strangers. */
const maxFound = 1000;

/** What holds for `/service/method`: the most specific name wins. Undefined when nothing does. */
export function findMethodConfig(config: ServiceConfig, path: string): MethodConfig | undefined {
  const { methods } = config;
  if (methods.size === 0) {
    return undefined;
  }
  let known = found.get(config);
  if (known === undefined || known.size > maxFound) {
    known = new Map();
    found.set(config, known);
  }
  let method = known.get(path);
  if (method === undefined && !known.has(path)) {
    const service = path.slice(0, path.lastIndexOf("/") + 1);
    method = methods.get(path) ?? methods.get(service) ?? methods.get("");
    known.set(path, method);
  }
  return method;
}
