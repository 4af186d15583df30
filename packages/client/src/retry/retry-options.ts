// What applications may say about retries without a service config, and what is assumed when they say nothing.
import { Code, checkArray, codeName, describeValue, isCode, UsageError } from "@trunkline/core";
import type { RetryPolicy } from "../service-config/service-config.js";
import { type RetryBudgetOptions, retryBudgetDefaults } from "./retry-budget.js";

/** When and how often a failed call is tried again; all of it may be left out. */
export interface RetryOptions {
  /** Attempts in all, the first one included: a whole number from 1; more than `retryLimits.maxAttempts` count as that. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** Wait before the second attempt, milliseconds, more than 0; 20 % jitter either way. Default 100. */
  readonly initialBackoffMs?: number | undefined;
  /** Longest wait, milliseconds, more than 0; 20 % jitter either way. Default 1000. */
  readonly maxBackoffMs?: number | undefined;
  /** Factor from one wait to the next, more than 0. Default 2. */
  readonly backoffMultiplier?: number | undefined;
  /** Codes that are worth another attempt, at least one. Default UNAVAILABLE alone. */
  readonly retryableCodes?: readonly Code[] | undefined;
  /**
   * How long one attempt may go without any response, milliseconds from its connection on, more than 0; then
   * it is cancelled and, whatever the codes, another is made. Default Infinity.
   */
  readonly perAttemptTimeoutMs?: number | undefined;
}

/** Retries of a channel's calls for which the service config says nothing. */
export interface ChannelRetryOptions extends RetryOptions {
  /**
   * For which methods: `idempotent`, those whose contract says `option idempotency_level = NO_SIDE_EFFECTS` or
   * `IDEMPOTENT`, or `all`. Default `idempotent`.
   */
  readonly methods?: "idempotent" | "all" | undefined;
}

/** What bounds the retries and hedges of a channel, wherever their policies come from. */
export interface RetryLimits {
  /** Attempts of a call at most; policies that ask for more get this (gRFC A6). A whole number from 1. Default 5. */
  readonly maxAttempts?: number | undefined;
  /**
   * Bytes of encoded requests that one call may keep for another attempt, 0 or more, or Infinity; a call with
   * more is not retried. Default 262144 (256 KiB).
   */
  readonly bufferBytesPerCall?: number | undefined;
  /** The same for all calls of the channel together. Default 16777216 (16 MiB). */
  readonly bufferBytes?: number | undefined;
  /** Bounds retries and hedges to a share of the calls; `true`: with its defaults. Default none. */
  readonly budget?: RetryBudgetOptions | boolean | undefined;
  /**
   * Whether google.rpc.RetryInfo among the details of an error is the shortest wait before the next attempt.
   * `grpc-retry-pushback-ms` goes before it. Default true.
   */
  readonly honourRetryInfo?: boolean | undefined;
}

/** Defaults of `RetryOptions`. */
export const retryDefaults = {
  maxAttempts: 3,
  initialBackoffMs: 100,
  maxBackoffMs: 1000,
  backoffMultiplier: 2,
} as const;

/** Defaults of `RetryLimits`. */
export const retryLimitDefaults = {
  maxAttempts: 5,
  bufferBytesPerCall: 262_144,
  bufferBytes: 16_777_216,
} as const;

const defaultCodes: readonly Code[] = [Code.UNAVAILABLE];

/**
 * The policy that options stand for; undefined: no retries.
 * @param path what errors call it.
 * @throws {UsageError} when an option is out of its range.
 */
export function toRetryPolicy(
  given: RetryOptions | boolean,
  path = "retry",
): RetryPolicy | undefined {
  if (given === false) {
    return undefined;
  }
  if (given !== true && (typeof given !== "object" || given === null || Array.isArray(given))) {
    throw new UsageError(
      `option ${path} is ${describeValue(given)}; it must be an object, or true or false`,
    );
  }
  const options: RetryOptions = given === true ? {} : given;
  return {
    maxAttempts: checkWhole(
      `${path}.maxAttempts`,
      options.maxAttempts ?? retryDefaults.maxAttempts,
      1,
    ),
    initialBackoffMs: checkPositive(
      `${path}.initialBackoffMs`,
      options.initialBackoffMs ?? retryDefaults.initialBackoffMs,
    ),
    maxBackoffMs: checkPositive(
      `${path}.maxBackoffMs`,
      options.maxBackoffMs ?? retryDefaults.maxBackoffMs,
    ),
    backoffMultiplier: checkPositive(
      `${path}.backoffMultiplier`,
      options.backoffMultiplier ?? retryDefaults.backoffMultiplier,
    ),
    retryableCodes: checkCodes(`${path}.retryableCodes`, options.retryableCodes ?? defaultCodes),
    perAttemptTimeoutMs: checkPositive(
      `${path}.perAttemptTimeoutMs`,
      options.perAttemptTimeoutMs ?? Infinity,
      true,
    ),
  };
}

/** @throws {UsageError} unless it is `idempotent` or `all`. */
export function checkMethodChoice(methods: unknown): "idempotent" | "all" {
  if (methods === undefined || methods === "idempotent" || methods === "all") {
    return methods ?? "idempotent";
  }
  throw new UsageError(
    `option retry.methods is ${describeValue(methods)}; it must be "idempotent" or "all"`,
  );
}

/** The limits that count. */
export interface CheckedRetryLimits {
  readonly maxAttempts: number;
  readonly bufferBytesPerCall: number;
  readonly bufferBytes: number;
  /** Undefined: there is none. */
  readonly budget: Required<RetryBudgetOptions> | undefined;
  readonly honoursRetryInfo: boolean;
}

/** @throws {UsageError} when a limit is out of its range. */
export function toRetryLimits(given: RetryLimits = {}): CheckedRetryLimits {
  if (typeof given !== "object" || given === null) {
    throw new UsageError(`option retryLimits is ${describeValue(given)}; it must be an object`);
  }
  const { maxAttempts, bufferBytesPerCall, bufferBytes } = {
    ...retryLimitDefaults,
    ...defined(given),
  };
  return {
    maxAttempts: checkWhole("retryLimits.maxAttempts", maxAttempts, 1),
    bufferBytesPerCall: checkWhole("retryLimits.bufferBytesPerCall", bufferBytesPerCall, 0),
    bufferBytes: checkWhole("retryLimits.bufferBytes", bufferBytes, 0),
    budget: toBudget(given.budget),
    honoursRetryInfo: checkBoolean("retryLimits.honourRetryInfo", given.honourRetryInfo ?? true),
  };
}

function defined(given: RetryLimits): Partial<typeof retryLimitDefaults> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function toBudget(given: RetryLimits["budget"]): Required<RetryBudgetOptions> | undefined {
  if (given === undefined || given === false) {
    return undefined;
  }
  if (given !== true && (typeof given !== "object" || given === null)) {
    throw new UsageError(
      `option retryLimits.budget is ${describeValue(given)}; it must be an object, or true or false`,
    );
  }
  const options: RetryBudgetOptions = given === true ? {} : given;
  return {
    ratio: checkRange("ratio", options.ratio ?? retryBudgetDefaults.ratio, 0, 1000),
    minPerSecond: checkRange(
      "minPerSecond",
      options.minPerSecond ?? retryBudgetDefaults.minPerSecond,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    windowMs: checkRange(
      "windowMs",
      options.windowMs ?? retryBudgetDefaults.windowMs,
      1000,
      60_000,
    ),
  };
}

function checkRange(name: string, value: number, least: number, most: number): number {
  if (typeof value === "number" && value >= least && value <= most) {
    return value;
  }
  throw new UsageError(
    `option retryLimits.budget.${name} is ${describeValue(value)}; it must be a number from ${least} to ${most}`,
  );
}

function checkWhole(name: string, value: number, least: number): number {
  if (value === Infinity || (Number.isInteger(value) && value >= least)) {
    return value;
  }
  throw new UsageError(
    `option ${name} is ${describeValue(value)}; it must be a whole number, ${least} or more`,
  );
}

function checkPositive(name: string, value: number, mayBeInfinite = false): number {
  if (typeof value === "number" && value > 0 && (mayBeInfinite || value < Infinity)) {
    return value;
  }
  throw new UsageError(`option ${name} is ${describeValue(value)}; it must be a number above 0`);
}

function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === "boolean") {
    return value;
  }
  throw new UsageError(`option ${name} is ${describeValue(value)}; it must be true or false`);
}

function checkCodes(name: string, codes: readonly Code[]): ReadonlySet<Code> {
  checkArray(name, codes);
  if (codes.length === 0) {
    throw new UsageError(`option ${name} is empty; it must have at least one status code`);
  }
  for (const code of codes) {
    if (!isCode(code) || code === Code.OK) {
      const what = isCode(code) ? codeName(code) : describeValue(code);
      throw new UsageError(`option ${name} has ${what}; it must have codes of failures, 1 to 16`);
    }
  }
  return new Set(codes);
}
