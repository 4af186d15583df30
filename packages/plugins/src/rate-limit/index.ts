// Entry point of @trunkline/plugins/rate-limit: how many calls may come in a time, of whom, counted in this process or in Redis.
export { byMetadata } from "./by-metadata.js";
export { createMemoryStore, type MemoryStoreOptions } from "./memory-store.js";
export { type RateLimit, type RateLimitOptions, rateLimit } from "./rate-limit.js";
export type { RateLimitRule } from "./rate-rule.js";
export type { RateBucketShape, RateBuckets, RateStore } from "./rate-store.js";
export { createRedisStore, type RedisClient, type RedisStoreOptions } from "./redis-store.js";
export type { RuleFigures } from "./rule-gate.js";
