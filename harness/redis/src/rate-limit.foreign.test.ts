// Several servers share limits through a real Redis: the same numbers as in one process, and what happens when it goes away.
import { Code, createGenericMethod, type Log, type RpcError } from "@trunkline/core";
import {
  createRedisStore,
  type RateLimit,
  type RateLimitRule,
  type RedisStoreOptions,
  rateLimit,
} from "@trunkline/plugins/rate-limit";
import { createHandlerContext } from "@trunkline/server/testing";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type RedisServer, startRedis } from "./redis-server.js";

const method = createGenericMethod("/a.A/B", "unary");
let redis: RedisServer;
const clients: Redis[] = [];
const told: string[] = [];
const log: Log = {
  debug() {},
  info: (text) => void told.push(text),
  warn: (text) => void told.push(text),
  error: (text) => void told.push(text),
};
let suite = 0;

beforeAll(async () => {
  redis = await startRedis();
}, 180_000);
afterAll(() => redis.kill());
afterEach(() => {
  told.length = 0;
  for (const client of clients.splice(0)) client.disconnect();
});

const user: RateLimitRule = {
  name: "user",
  key: ({ metadata }) => metadata.get("user") as string,
  rate: 1,
  perMs: 60_000,
  burst: 20,
};

/** One server's limit, with a connection of its own; those of one test share their buckets. */
async function open(
  rules: RateLimitRule[],
  options: Partial<RedisStoreOptions> = {},
): Promise<RateLimit> {
  const client = new Redis({ port: redis.port, host: "127.0.0.1", retryStrategy: () => 20 });
  client.on("error", () => {});
  clients.push(client);
  await client.ping();
  const prefix = `test:${suite}`;
  const store = await createRedisStore({ client, prefix, log, timeoutMs: 2000, ...options });
  return rateLimit({ rules, store });
}

/** What becomes of one call: the code, OK for one that gets in. */
async function call(limit: RateLimit, name = "a"): Promise<RpcError | Code> {
  const context = createHandlerContext({ method, metadata: { user: name } });
  return limit(context, () => Promise.resolve({} as never)).then(
    () => Code.OK,
    (error: RpcError) => error,
  );
}

async function count(limit: RateLimit, times: number, name?: string): Promise<number> {
  const ends = await Promise.all(Array.from({ length: times }, () => call(limit, name)));
  return ends.filter((end) => end === Code.OK).length;
}

/** Asks until it is so. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error("it never came to that");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("limits in Redis", () => {
  it("hold for all servers together, and for each key", async () => {
    suite++;
    const servers = await Promise.all([open([user]), open([user]), open([user])]);
    const admitted = await Promise.all(servers.map((limit) => count(limit, 20)));
    expect(admitted.reduce((sum, each) => sum + each)).toBe(20);
    expect(await count(servers[0]!, 30, "b")).toBe(20);
    const refused = (await call(servers[1]!)) as RpcError;
    expect(refused.message).toMatch(
      /^rate limit "user" of a is used up: 1 per 60 s, burst 20; try again in (59|60)\d{3} ms$/,
    );
  });

  it("are a bucket as in one process: filled at the rate, exact waits, nothing taken by refusals", async () => {
    suite++;
    const fast = { ...user, rate: 50, perMs: 1000, burst: 5 };
    const limit = await open([fast]);
    const begun = performance.now();
    let admitted = await count(limit, 5);
    expect(admitted).toBe(5);
    while (performance.now() - begun < 400) admitted += await count(limit, 3);
    const seconds = (performance.now() - begun) / 1000;
    expect(admitted).toBeLessThanOrEqual(5 + 50 * seconds + 1);
    expect(admitted).toBeGreaterThan(0.6 * 50 * 0.4);
  });

  it("cost nothing by the others when one rule refuses", async () => {
    suite++;
    const all = { name: "all", rate: 1, perMs: 60_000, burst: 3 };
    const limit = await open([{ ...user, burst: 5 }, all]);
    expect(await count(limit, 10)).toBe(3);
    const other = await open([{ ...user, burst: 5 }]);
    // What is given back is on its way when the call has failed.
    let more = 0;
    await until(async () => {
      more += await count(other, 1);
      return more === 2;
    });
    expect(await count(other, 5)).toBe(0);
  });

  it("leave nothing behind in Redis when buckets are full again, and no command on the client", async () => {
    suite++;
    const limit = await open([{ ...user, rate: 1000, perMs: 1000, burst: 1 }]);
    for (let i = 0; i < 100; i++) expect(await count(limit, 1, `k${i}`)).toBe(1);
    const [client] = clients;
    await until(async () => (await client!.keys(`test:${suite}:*`)).length === 0);
    expect("rlflxIncr" in client!).toBe(false);
  });
});

describe.each<"fallback" | "allow" | "deny">(["fallback", "allow", "deny"])(
  "a Redis that goes away, and %s",
  (whenAway) => {
    const expected = { fallback: 20, allow: 30, deny: 0 }[whenAway];

    it("is killed and comes back", async () => {
      suite++;
      const limit = await open([user], { whenAway, retryAfterMs: 20 });
      expect(await count(limit, 30, "before")).toBe(20);
      await redis.kill();
      await until(async () => {
        await call(limit, "noticing");
        return told.length > 0;
      });
      expect(await count(limit, 30, "away")).toBe(expected);
      if (whenAway === "deny") {
        expect(await call(limit)).toMatchObject({
          code: Code.UNAVAILABLE,
          message: 'rate limit "user" cannot be checked: its store does not answer',
        });
      }
      await redis.start();
      await until(async () => {
        await call(limit, "waiting");
        return told.length > 1;
      });
      expect(told).toEqual([
        "Redis does not answer: rate limits are not shared",
        "Redis answers again: rate limits are shared",
      ]);
      expect(await count(limit, 30, "back")).toBe(20);
    });

    it("is silent: calls wait no longer than they may, and only one in a while", async () => {
      suite++;
      const limit = await open([user], { whenAway, timeoutMs: 100, retryAfterMs: 60_000 });
      expect(await count(limit, 1, "before")).toBe(1);
      redis.freeze();
      try {
        const begun = performance.now();
        await call(limit, "first");
        const firstMs = performance.now() - begun;
        expect(firstMs).toBeGreaterThanOrEqual(99);
        expect(firstMs).toBeLessThan(1000);
        const next = performance.now();
        expect(await count(limit, 30, "silent")).toBe(expected);
        expect(performance.now() - next).toBeLessThan(99);
      } finally {
        redis.thaw();
      }
    });
  },
);

describe("options", () => {
  it.each([{ client: {} as never }, { client: undefined as never }])("%j is no client", (wrong) =>
    expect(createRedisStore(wrong)).rejects.toThrow(/client/),
  );

  it.each([{ timeoutMs: 0 }, { retryAfterMs: Number.NaN }, { whenAway: "wait" as never }])(
    "%j cannot be",
    (wrong) => {
      const client = { eval: async () => [0, 0] };
      return expect(createRedisStore({ client, ...wrong })).rejects.toThrow(/option/);
    },
  );
});
