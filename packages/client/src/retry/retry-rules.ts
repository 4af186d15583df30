// What a channel holds for the retries of its calls: limits, default policy, throttle, budget, room for requests.
import type { MethodPlan } from "../call/method-plan.js";
import type {
  HedgingPolicy,
  MethodConfig,
  RetryPolicy,
  RetryThrottling,
} from "../service-config/service-config.js";
import { BufferSpace } from "./request-buffer.js";
import { RetryBudget } from "./retry-budget.js";
import {
  type ChannelRetryOptions,
  checkMethodChoice,
  type RetryLimits,
  type RetryOptions,
  toRetryLimits,
  toRetryPolicy,
} from "./retry-options.js";
import { type RetryThrottle, throttleFor } from "./throttle.js";

/** What the options of a channel say about retries. */
export interface RetrySettings {
  readonly retry?: ChannelRetryOptions | boolean | undefined;
  readonly retryLimits?: RetryLimits | undefined;
}

/** What a call waits for its next attempt with. */
export interface PausedCall {
  /** The channel was closed: there will be no next attempt. */
  channelClosed(): void;
}

/** How a call is repeated: one attempt after the other, or beside each other. */
export type CallPolicy = RetryPolicy | HedgingPolicy;

/** See the file's first line. */
export class RetryRules {
  readonly maxAttempts: number;
  readonly honoursRetryInfo: boolean;
  readonly space: BufferSpace;
  readonly budget: RetryBudget | undefined;
  throttle: RetryThrottle | undefined = undefined;
  /** Calls between two attempts. */
  readonly paused: Set<PausedCall> = new Set();
  readonly #isOff: boolean;
  readonly #policy: RetryPolicy | undefined;
  readonly #isForAll: boolean;
  readonly #now: () => number;

  /** @throws {UsageError} when an option is out of its range. */
  constructor(settings: RetrySettings, now: () => number) {
    const { retry } = settings;
    const limits = toRetryLimits(settings.retryLimits);
    this.maxAttempts = limits.maxAttempts;
    this.honoursRetryInfo = limits.honoursRetryInfo;
    this.space = new BufferSpace(limits.bufferBytes, limits.bufferBytesPerCall);
    this.budget = limits.budget && new RetryBudget(limits.budget);
    this.#isOff = retry === false;
    this.#policy = retry === undefined ? undefined : toRetryPolicy(retry);
    this.#isForAll = typeof retry === "object" && checkMethodChoice(retry.methods) === "all";
    this.#now = now;
  }

  /** A config is in force; the throttle of the one before stays if its figures are the same. */
  configure(throttling: RetryThrottling | undefined): void {
    this.throttle = throttleFor(throttling, this.throttle);
  }

  /**
   * How a call is repeated, if it is: as its caller says, else the service config, else the channel's options
   * for methods that may be repeated safely. Called once for each call.
   */
  policyFor(
    plan: MethodPlan,
    config: MethodConfig | undefined,
    ofCall: RetryOptions | boolean | undefined,
  ): CallPolicy | undefined {
    this.budget?.callStarted(this.#now());
    const policy =
      ofCall === undefined ? this.#policyOf(plan, config) : this.#policyOfCall(ofCall, config);
    return policy === undefined || Math.min(policy.maxAttempts, this.maxAttempts) < 2
      ? undefined
      : policy;
  }

  #policyOf({ method }: MethodPlan, config: MethodConfig | undefined): CallPolicy | undefined {
    if (this.#isOff) {
      return undefined;
    }
    const ofConfig = config?.retryPolicy ?? config?.hedgingPolicy;
    // Idempotency 0 is google.protobuf.MethodOptions.IDEMPOTENCY_UNKNOWN.
    return ofConfig ?? (this.#isForAll || method.idempotency > 0 ? this.#policy : undefined);
  }

  #policyOfCall(
    ofCall: RetryOptions | boolean,
    config: MethodConfig | undefined,
  ): CallPolicy | undefined {
    const known = config?.retryPolicy ?? config?.hedgingPolicy ?? this.#policy;
    return ofCall === true && known !== undefined ? known : toRetryPolicy(ofCall);
  }

  /** The channel is closed. */
  close(): void {
    for (const call of [...this.paused]) {
      call.channelClosed();
    }
  }
}
