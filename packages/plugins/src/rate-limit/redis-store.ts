// Buckets in Redis, for limits that several servers share; what happens while Redis does not answer is a choice.
import {
  type Clock,
  Code,
  checkMethods,
  describeValue,
  type Log,
  processLog,
  RpcError,
  systemClock,
  UsageError,
} from "@trunkline/core";
import type { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { createMemoryStore } from "./memory-store.js";
import type { RateBucketShape, RateBuckets, RateStore } from "./rate-store.js";
import { bucketScript } from "./redis-script.js";

/** A client of Redis: one of `ioredis` or of `redis` (node-redis 4 and later); anything that evaluates scripts as they do. */
export interface RedisClient {
  /** Runs a script. */
  // biome-ignore lint/suspicious/noExplicitAny: the two packages call it in different ways.
  eval(...args: any[]): Promise<any>;
}

/** Options of `createRedisStore`. */
export interface RedisStoreOptions {
  /** A connected client, which the application makes and ends. */
  readonly client: RedisClient;
  /** What the names of all buckets begin with. Default `trunkline:rate`. */
  readonly prefix?: string | undefined;
  /** How long a call may wait for Redis, in milliseconds, above 0. Default 50. */
  readonly timeoutMs?: number | undefined;
  /**
   * What becomes of calls while Redis does not answer: `fallback` counts them in this process, `allow` lets them in, `deny` refuses
   * them with UNAVAILABLE. Default `fallback`.
   */
  readonly whenAway?: "fallback" | "allow" | "deny" | undefined;
  /** How long Redis is not asked after it has not answered, in milliseconds, above 0; then one call tries again. Default 1000. */
  readonly retryAfterMs?: number | undefined;
  /** Buckets of each rule that `fallback` keeps at most. Default 100,000. */
  readonly maxKeys?: number | undefined;
  /** What time is measured with. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Told when Redis goes away and when it is back. Default: what `setLog` names, at first stderr. */
  readonly log?: Log | undefined;
}

/**
 * Keeps buckets in Redis, through `rate-limiter-flexible`, which has to be installed (`npm install rate-limiter-flexible`).
 * Limits hold for all servers with the same `prefix` and rules together, by the same arithmetic as in one process. Each
 * call takes a round trip for each rule, and no longer than `timeoutMs`.
 * @throws {UsageError} for options that cannot work.
 * @throws Error when `rate-limiter-flexible` is not installed.
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<RateStore> {
  checkOptions(options);
  const { RateLimiterRedis } = await import("rate-limiter-flexible");
  const availability = new Availability(options);
  const { maxKeys, clock, whenAway = "fallback" } = options;
  const memory = createMemoryStore({ maxKeys, clock });
  return {
    open(shape) {
      const limiter = new RateLimiterRedis({
        storeClient: toScriptClient(options.client, shape),
        useRedisPackage: true,
        keyPrefix: `${options.prefix ?? "trunkline:rate"}:${shape.name}`,
        points: shape.burst,
        // Not used by the script, but below a second it would not be run.
        duration: 1,
        customIncrTtlLuaScript: bucketScript,
      });
      return new RedisBuckets(limiter, availability, {
        shape,
        whenAway,
        fallback: memory.open(shape),
      });
    },
  };
}

function checkOptions(options: RedisStoreOptions): void {
  checkMethods("client", options.client, ["eval"]);
  if (options.client === undefined) throw new UsageError("createRedisStore needs a client");
  checkMethods("clock", options.clock, ["now", "setTimer"]);
  checkMethods("log", options.log, ["debug", "info", "warn", "error"]);
  const { timeoutMs = 50, retryAfterMs = 1000, whenAway = "fallback" } = options;
  for (const [name, ms] of Object.entries({ timeoutMs, retryAfterMs })) {
    if (Number.isFinite(ms) && ms > 0) continue;
    throw new UsageError(
      `option ${name} must be a number of milliseconds above 0, not ${describeValue(ms)}`,
    );
  }
  if (["fallback", "allow", "deny"].includes(whenAway)) return;
  throw new UsageError(
    `option whenAway must be one of fallback, allow, deny, not ${describeValue(whenAway)}`,
  );
}

/** Runs the script for one rule, on either kind of client, and leaves no command behind on it. */
function toScriptClient(client: RedisClient, { rate, perMs, burst }: RateBucketShape): RedisClient {
  const rest = [String(perMs / rate), String(burst)];
  const isIoredis = "defineCommand" in client;
  return {
    eval(script: string, given: { keys: string[]; arguments: string[] }) {
      const { keys } = given;
      const args = [given.arguments[0]!, ...rest];
      return isIoredis
        ? client.eval(script, keys.length, ...keys, ...args)
        : client.eval(script, { keys, arguments: args });
    },
  };
}

/** Whether Redis answers, for all rules together. */
class Availability {
  readonly #timeoutMs: number;
  readonly #retryAfterMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #client: RedisClient;
  #isAway = false;
  #retryAtMs = 0;

  constructor(options: RedisStoreOptions) {
    this.#timeoutMs = options.timeoutMs ?? 50;
    this.#retryAfterMs = options.retryAfterMs ?? 1000;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? processLog;
    this.#client = options.client;
  }

  /** Whether to ask. While Redis is away one call in `retryAfterMs` does. */
  isWorthAsking(): boolean {
    if (!this.#isAway) return true;
    const nowMs = this.#clock.now();
    if (nowMs < this.#retryAtMs) return false;
    this.#retryAtMs = nowMs + this.#retryAfterMs;
    return true;
  }

  /** The answer, in time. @throws why there is none. */
  async answerOf<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await this.#inTime(ask);
      this.#noteAnswer();
      return answer;
    } catch (error) {
      // rate-limiter-flexible rejects with what is no error when the bucket is empty.
      if (error instanceof Error) this.#noteSilence(error);
      else this.#noteAnswer();
      throw error;
    }
  }

  #noteAnswer(): void {
    if (this.#isAway) this.#log.info("Redis answers again: rate limits are shared", {});
    this.#isAway = false;
  }

  #noteSilence(error: Error): void {
    if (!this.#isAway) {
      this.#log.warn("Redis does not answer: rate limits are not shared", { error });
    }
    this.#isAway = true;
    this.#retryAtMs = this.#clock.now() + this.#retryAfterMs;
  }

  #inTime<T>(ask: () => Promise<T>): Promise<T> {
    const state = connectionState(this.#client);
    if (state !== undefined) return Promise.reject(new Error(`the client of Redis is ${state}`));
    return new Promise((resolve, reject) => {
      const timer = this.#clock.setTimer(this.#timeoutMs, () =>
        reject(new Error(`Redis has not answered within ${this.#timeoutMs} ms`)),
      );
      ask()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }
}

/** What commands would only be queued for; undefined: it is connected, or does not say. */
function connectionState(client: RedisClient): string | undefined {
  const { status, isReady } = client as { status?: unknown; isReady?: unknown };
  // A lazy client connects when it is asked for something.
  if (typeof status === "string") return /^(ready|wait)$/.test(status) ? undefined : status;
  return isReady === false ? "not ready" : undefined;
}

interface BucketSetup {
  readonly shape: RateBucketShape;
  readonly whenAway: "fallback" | "allow" | "deny";
  readonly fallback: RateBuckets;
}

/** The buckets of one rule. */
class RedisBuckets implements RateBuckets {
  readonly #limiter: RateLimiterRedis;
  readonly #availability: Availability;
  readonly #setup: BucketSetup;

  constructor(limiter: RateLimiterRedis, availability: Availability, setup: BucketSetup) {
    this.#limiter = limiter;
    this.#availability = availability;
    this.#setup = setup;
  }

  take(key: string, cost: number): number | Promise<number> {
    if (cost > this.#setup.shape.burst) return Number.POSITIVE_INFINITY;
    return this.#availability.isWorthAsking() ? this.#ask(key, cost) : this.#decideAlone(key, cost);
  }

  giveBack(key: string, cost: number): void {
    if (this.#availability.isWorthAsking()) {
      this.#availability.answerOf(() => this.#limiter.reward(key, cost)).catch(() => {});
    } else this.#setup.fallback.giveBack(key, cost);
  }

  async #ask(key: string, cost: number): Promise<number> {
    try {
      await this.#availability.answerOf(() => this.#limiter.consume(key, cost));
      return 0;
    } catch (reason) {
      if (reason instanceof Error) return this.#decideAlone(key, cost, reason);
      return Math.max(1, (reason as RateLimiterRes).msBeforeNext);
    }
  }

  #decideAlone(key: string, cost: number, cause?: Error): number | Promise<number> {
    const { whenAway, fallback, shape } = this.#setup;
    if (whenAway === "fallback") return fallback.take(key, cost);
    if (whenAway === "allow") return 0;
    const message = `rate limit "${shape.name}" cannot be checked: its store does not answer`;
    throw new RpcError(Code.UNAVAILABLE, message, { cause });
  }
}
