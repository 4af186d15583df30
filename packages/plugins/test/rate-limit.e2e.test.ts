// Rate limits on a real server: a thousand callers, bursts, streams, users that are known by their keys, proxies, retries.
import { type Channel, createChannel, createClient } from "@trunkline/client";
import {
  Code,
  QuotaFailureSchema,
  RetryInfoSchema,
  type RpcError,
  silentLog,
} from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import { createServer, type Interceptor, type Server } from "@trunkline/server";
import { byAddress, byApiKey, byPrincipal } from "@trunkline/server/limits";
import { afterEach, expect, it } from "vitest";
import { createApiKey } from "../src/api-key/api-key.js";
import { createApiKeyAuthenticator } from "../src/api-key/api-key-authenticator.js";
import { authenticate } from "../src/authentication/authenticate.js";
import { byMetadata } from "../src/rate-limit/by-metadata.js";
import { type RateLimitOptions, rateLimit } from "../src/rate-limit/rate-limit.js";

const opened: (Server | Channel)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

/** Health stands for any service here, so it is not spared. */
const rule = { name: "r", rate: 1, perMs: 3_600_000, burst: 3, exceptMethods: [] };

async function start(...interceptors: Interceptor[]): Promise<string> {
  const server = createServer({ interceptors, log: silentLog });
  server.addService(Health, {
    check: () => ({ status: 1 }),
    async *watch() {
      for (let i = 0; i < 3; i++) yield { status: 1 };
    },
  });
  opened.push(server);
  return (await server.listen({ host: "127.0.0.1", port: 0 })).address;
}

function connect(address: string, options: Parameters<typeof createChannel>[1] = {}) {
  const channel = createChannel(address, options);
  opened.push(channel);
  return createClient(Health, channel);
}

const limited = (options: Partial<RateLimitOptions["rules"][0]> = {}): Interceptor =>
  rateLimit({ rules: [{ ...rule, ...options }] });

const codeOf = (call: Promise<unknown>): Promise<number> =>
  call.then(
    () => Code.OK,
    (error: RpcError) => error.code,
  );

it("a thousand callers have a burst each", async () => {
  const client = connect(await start(limited({ key: byMetadata("x-tenant") })));
  const callers = Array.from({ length: 1000 }, async (_, i) => {
    const metadata = { "x-tenant": `tenant-${i}` };
    const calls = Array.from({ length: 5 }, () => codeOf(client.check({}, { metadata })));
    return (await Promise.all(calls)).join();
  });
  expect(new Set(await Promise.all(callers))).toEqual(new Set(["0,0,0,8,8"]));
});

it("those with API keys have one each, whatever address they come from, and streams count once", async () => {
  const keys = [createApiKey({ name: "a" }), createApiKey({ name: "b" })] as const;
  const authenticator = createApiKeyAuthenticator({ keys: keys.map(({ record }) => record) });
  for (const key of [byPrincipal(), byApiKey()]) {
    const address = await start(authenticate(authenticator), limited({ key }));
    for (const { key: secret } of keys) {
      const metadata = { "x-api-key": secret };
      const ends: number[] = [];
      for (let i = 0; i < 4; i++) {
        const seen: unknown[] = [];
        const end = await codeOf(
          (async () => {
            for await (const one of connect(address).watch({}, { metadata })) seen.push(one);
          })(),
        );
        expect(seen).toHaveLength(end === Code.OK ? 3 : 0);
        ends.push(end);
      }
      expect(ends).toEqual([0, 0, 0, 8]);
      const error = await connect(address)
        .check({}, { metadata })
        .catch((reason: unknown) => reason as RpcError);
      expect(String(error)).not.toContain(secret);
      expect(String(error)).toMatch(/ of api-key:/);
    }
  }
});

it("a client does not choose its address, the proxies that are trusted do", async () => {
  const honest = connect(await start(limited({ key: byAddress() })));
  const ends: number[] = [];
  for (let i = 0; i < 5; i++) {
    ends.push(await codeOf(honest.check({}, { metadata: { "x-forwarded-for": `192.0.2.${i}` } })));
  }
  expect(ends).toEqual([0, 0, 0, 8, 8]);
  const key = byAddress({ trustedProxies: ["127.0.0.0/8"] });
  const proxied = connect(await start(limited({ key })));
  for (let i = 0; i < 5; i++) {
    const metadata = { "x-forwarded-for": `6.6.6.${i}, 192.0.2.1` };
    expect(await codeOf(proxied.check({}, { metadata }))).toBe(i < 3 ? Code.OK : 8);
    expect(
      await codeOf(proxied.check({}, { metadata: { "x-forwarded-for": `192.0.3.${i}` } })),
    ).toBe(Code.OK);
  }
});

it("tells clients when to come again, and those with a retry policy do", async () => {
  const quick = { ...rule, rate: 20, perMs: 1000, burst: 1 };
  const address = await start(rateLimit({ rules: [quick], retryPushback: true }));
  const plain = connect(address);
  const ends = await Promise.allSettled([plain.check({}), plain.check({})]);
  const refused = ends.find(({ status }) => status === "rejected") as PromiseRejectedResult;
  const error = refused.reason as RpcError;
  expect(error.message).toMatch(
    /^rate limit "r" is used up: 20 per 1 s, burst 1; try again in \d+ ms$/,
  );
  expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay?.seconds).toBe(0n);
  expect(error.findDetails(QuotaFailureSchema)[0]?.violations).toMatchObject([
    { subject: "/grpc.health.v1.Health/Check", quotaId: "r", quotaValue: 20n },
  ]);
  expect(Number(error.metadata.get("grpc-retry-pushback-ms"))).toBeGreaterThan(0);
  const retryPolicy = {
    maxAttempts: 5,
    initialBackoff: "30s",
    maxBackoff: "30s",
    backoffMultiplier: 1,
    retryableStatusCodes: ["RESOURCE_EXHAUSTED"],
  } as const;
  const patient = connect(address, {
    serviceConfig: { methodConfig: [{ name: [{}], retryPolicy }] },
  });
  await expect(Promise.all([patient.check({}), patient.check({})])).resolves.toHaveLength(2);
});

it("rules that only count, and figures of those that do not", async () => {
  const limit = rateLimit({ rules: [{ ...rule, shadow: true }] });
  const client = connect(await start(limit));
  for (let i = 0; i < 5; i++) expect(await codeOf(client.check({}))).toBe(Code.OK);
  expect(limit.figures()).toEqual([{ name: "r", admitted: 3, refused: 2 }]);
});
