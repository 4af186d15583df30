// Decides what follows a failed attempt of a call with a retry policy (gRFC A6), from plain figures.
import { type Code, codeName } from "@trunkline/core";
import type { RetryPolicy } from "../service-config/service-config.js";
import type { RetryBudget } from "./retry-budget.js";
import type { RetryThrottle } from "./throttle.js";

/** How an attempt failed. */
export interface FailedAttempt {
  readonly code: Code;
  /** The attempt was given up because nothing had come within its own time limit. */
  readonly isTimeout: boolean;
  /** See `pushbackOf`. */
  readonly pushbackMs: number | undefined;
  /** The shortest wait that the error asks for (RetryInfo); 0 for none. */
  readonly leastDelayMs: number;
}

/** Where the call stands. */
export interface RetryProgress {
  /** Attempts made, transparent ones not counted. */
  readonly attempts: number;
  /** Backoffs since the first attempt, or since the last pushback. */
  readonly backoffs: number;
  /** Milliseconds until the deadline; Infinity when there is none. */
  readonly remainingMs: number;
  readonly nowMs: number;
}

/** What a decision is held against. */
export interface RetryGround {
  readonly policy: RetryPolicy;
  /** The policy's attempts, cut to the channel's limit. */
  readonly maxAttempts: number;
  readonly throttle: RetryThrottle | undefined;
  readonly budget: RetryBudget | undefined;
  /** From 0 to below 1. */
  random(): number;
}

/** What follows. */
export type RetryDecision =
  | { readonly delayMs: number; readonly isPushback: boolean }
  /** No more attempts: why, to complete "no further attempt: ..."; undefined when the failure is simply none that is retried. */
  | { readonly delayMs: undefined; readonly why: string | undefined };

/** Decides, and counts the failure where it counts. */
export function decideRetry(
  ground: RetryGround,
  failed: FailedAttempt,
  progress: RetryProgress,
): RetryDecision {
  const { policy, throttle, maxAttempts } = ground;
  const isRetried = failed.isTimeout || policy.retryableCodes.has(failed.code);
  if (isRetried || failed.pushbackMs === Infinity) {
    throttle?.failed();
  }
  if (!isRetried) {
    return stop(progress.attempts > 1 ? `${codeName(failed.code)} is not retried` : undefined);
  }
  if (failed.pushbackMs === Infinity) {
    return stop("the server said not to retry (grpc-retry-pushback-ms)");
  }
  if (progress.attempts >= maxAttempts) {
    return stop(`${maxAttempts} attempts are the most`);
  }
  if (throttle?.isOpen === false) {
    return stop(`retries are throttled: ${throttle.describe()}`);
  }
  return delayed(ground, failed, progress);
}

function delayed(
  ground: RetryGround,
  { pushbackMs, leastDelayMs }: FailedAttempt,
  { backoffs, remainingMs, nowMs }: RetryProgress,
): RetryDecision {
  const delayMs =
    pushbackMs ?? Math.max(leastDelayMs, backoffMs(ground.policy, backoffs, ground.random()));
  if (delayMs >= remainingMs) {
    const [next, left] = [Math.ceil(delayMs), Math.max(0, Math.floor(remainingMs))];
    return stop(`the next one would come in ${next} ms, and the deadline is in ${left} ms`);
  }
  if (ground.budget?.withdraw(nowMs) === false) {
    return stop(`the retry budget is used up: ${ground.budget.describe()}`);
  }
  return { delayMs, isPushback: pushbackMs !== undefined };
}

function stop(why: string | undefined): RetryDecision {
  return { delayMs: undefined, why };
}

/**
 * The wait before a retry: exponential, with jitter of 20 % either way (gRFC A6 "Exponential Backoff").
 * @param backoffs how many came before this one. @param random from 0 to below 1.
 */
export function backoffMs(policy: RetryPolicy, backoffs: number, random: number): number {
  const { initialBackoffMs, maxBackoffMs, backoffMultiplier } = policy;
  const base = Math.min(initialBackoffMs * backoffMultiplier ** backoffs, maxBackoffMs);
  return base * (0.8 + 0.4 * random);
}
