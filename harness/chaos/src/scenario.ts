// What a scenario is: harm that is done while calls go on, and what must hold nevertheless.
import type { RetryPolicyJson, ServiceConfigJson } from "@trunkline/client";
import type { ClientOptions } from "./programs/client.js";
import type { Evidence } from "./run/evidence.js";
import {
  deadlinesHold,
  errorsSayWhy,
  failuresAreExplained,
  noneFails,
  notStuck,
  type Rule,
} from "./run/rules.js";
import type { Stage } from "./run/stage.js";

/** What came of a scenario that is not about calls. */
export interface Measured {
  readonly calls: number;
  /** In words, for the table. */
  readonly figures: string;
  readonly faults: readonly string[];
}

/** One scenario. */
export interface Scenario {
  readonly name: string;
  /** What is done, in a sentence. */
  readonly about: string;
  /** Takes minutes; not part of a run without `--scenario` unless `--long` is given. Default false. */
  readonly isLong?: boolean;
  /** Needs a network namespace of its own. Default false. */
  readonly needsNamespace?: boolean;
  readonly rules: readonly Rule[];
  play(stage: Stage): Promise<Evidence | Measured>;
}

/** Holds in each scenario. */
const always: readonly Rule[] = [errorsSayWhy, deadlinesHold, notStuck];

/** With a retry policy and a healthy server at all times. */
export const withPolicy: readonly Rule[] = [noneFails, ...always];

/** Without one. */
export const withoutPolicy: readonly Rule[] = [failuresAreExplained, ...always];

/** Where calls fail by intent. */
export const failing: readonly Rule[] = always;

const retryPolicy = {
  maxAttempts: 5,
  initialBackoff: "0.05s",
  maxBackoff: "1s",
  backoffMultiplier: 2,
  retryableStatusCodes: ["UNAVAILABLE"],
} as const;

/** round_robin, with or without the retry policy of the issue: five attempts, no throttling. */
export function roundRobin(
  retries: boolean,
  extra: ClientOptions = {},
  perAttempt: Pick<RetryPolicyJson, "perAttemptRecvTimeout"> = {},
): ClientOptions {
  const policy = { ...retryPolicy, ...perAttempt };
  const methodConfig = retries ? [{ name: [{}], retryPolicy: policy }] : [];
  const serviceConfig: ServiceConfigJson = {
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig,
  };
  return { serviceConfig, ...extra };
}

/** pick_first, with or without the retry policy. */
export function pickFirst(retries: boolean, extra: ClientOptions = {}): ClientOptions {
  const methodConfig = retries ? [{ name: [{}], retryPolicy }] : [];
  return { serviceConfig: { methodConfig }, ...extra };
}

/**
 * Servers that are connected and say nothing are found out after two seconds. Neither is the default: servers of other
 * makers count PINGs, and a handler may hold up its server for longer.
 */
export const keepalive: ClientOptions = {
  limits: { keepaliveTimeMs: 1000, keepaliveTimeoutMs: 1000, minKeepaliveTimeMs: 1000 },
  connectTimeoutMs: 1000,
};
