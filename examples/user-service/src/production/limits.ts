// How much may come: what is refused before it is known who calls, and what each caller may have.
import { createRedisStore, type RateStore, rateLimit } from "@trunkline/plugins/rate-limit";
import type { Interceptor, Log } from "@trunkline/server";
import {
  byAddress,
  byPrincipal,
  concurrencyLimit,
  firstKnown,
  shedLoad,
} from "@trunkline/server/limits";
import type { LimitSettings } from "../settings/limit-settings.js";
import type { Part } from "./part.js";

/** Comes first: what is too much costs as little as possible. */
export function createLoadLimits({
  shedLoad: sheds,
  maxCalls,
  maxWaitingCalls,
}: LimitSettings): Part {
  const interceptors: Interceptor[] = [];
  if (sheds) interceptors.push(shedLoad());
  if (maxCalls !== undefined) {
    interceptors.push(concurrencyLimit({ max: maxCalls, maxWaiting: maxWaitingCalls }));
  }
  return { interceptors };
}

/** Comes when it is known who calls. */
export async function createRateLimits(settings: LimitSettings, log: Log): Promise<Part> {
  const { rate, burst, redisUrl } = settings;
  if (rate === undefined) return {};
  const redis = redisUrl === undefined ? undefined : await openRedis(redisUrl, log);
  const rules = [{ name: "caller", rate, burst, key: firstKnown(byPrincipal(), byAddress()) }];
  return {
    interceptors: [rateLimit({ rules, store: redis?.store })],
    close: () => redis?.close(),
  };
}

/** The package is loaded by those alone who use it. While Redis is away, each server counts for itself. */
async function openRedis(url: string, log: Log): Promise<{ store: RateStore; close(): void }> {
  const { Redis } = await import("ioredis");
  const client = new Redis(url, { maxRetriesPerRequest: 0 });
  client.on("error", (error) => log.debug("redis cannot be reached", { error }));
  const store = await createRedisStore({ client, log, prefix: "user-service:rate" });
  return { store, close: () => client.disconnect() };
}
