// Rules: which calls count and for whom, what they cost, what the refused are told, and stores that answer later or not at all.
import {
  type Call,
  Code,
  createGenericMethod,
  type Next,
  QuotaFailureSchema,
  RetryInfoSchema,
  RpcError,
  UsageError,
} from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { byMethod, type CallKey, type Refusal } from "@trunkline/server/limits";
import { createHandlerContext } from "@trunkline/server/testing";
import { describe, expect, it } from "vitest";
import { byMetadata } from "./by-metadata.js";
import { createMemoryStore } from "./memory-store.js";
import { type RateLimit, rateLimit } from "./rate-limit.js";
import type { RateLimitRule } from "./rate-rule.js";
import type { RateStore } from "./rate-store.js";

const get = createGenericMethod("/a.A/Get", "unary");
const watch = createGenericMethod("/a.A/Watch", "server_streaming");
const put = createGenericMethod("/a.A/Put", "client_streaming");
const check = createGenericMethod("/grpc.health.v1.Health/Check", "unary");
const byUser: CallKey = ({ metadata }) => metadata.get("user") as string | undefined;

class Bench {
  readonly clock = new FakeClock();
  readonly limit: RateLimit;
  readonly refusals: Refusal[] = [];

  constructor(rules: RateLimitRule[], store?: RateStore, retryPushback = false) {
    this.limit = rateLimit({
      rules,
      clock: this.clock,
      store: store ?? createMemoryStore({ clock: this.clock }),
      retryPushback,
      onRefused: (refusal) => void this.refusals.push(refusal),
    });
  }

  /** `in`, or the error. */
  async call(user?: string, method: Call["method"] = get): Promise<unknown> {
    const call = createHandlerContext({ method, metadata: user === undefined ? {} : { user } });
    const next: Next = () => Promise.resolve({ message: "in" } as never);
    return this.limit(call, next).then(
      ({ message }) => message,
      (error: unknown) => error,
    );
  }

  /** How many of so many calls get in. */
  async count(times: number, user?: string, method?: Call["method"]): Promise<number> {
    let count = 0;
    for (let i = 0; i < times; i++) if ((await this.call(user, method)) === "in") count++;
    return count;
  }
}

describe("a rule", () => {
  it("lets a burst in, then the rate, for each key", async () => {
    const bench = new Bench([{ name: "user", key: byUser, rate: 10, burst: 20 }]);
    expect(await bench.count(30, "a")).toBe(20);
    expect(await bench.count(30, "b")).toBe(20);
    bench.clock.advance(500);
    expect(await bench.count(30, "a")).toBe(5);
    bench.clock.advance(60_000);
    expect(await bench.count(30, "a")).toBe(20);
    expect(bench.limit.figures()).toEqual([{ name: "user", admitted: 65, refused: 55 }]);
  });

  it("counts those together that it does not know, and those not that it is told not to", async () => {
    const key: CallKey = (call) => (byUser(call) === "root" ? false : byUser(call));
    const bench = new Bench([{ name: "user", key, rate: 1, burst: 2 }]);
    expect(await bench.count(5)).toBe(2);
    expect(await bench.count(5, "root")).toBe(5);
  });

  it("holds for the methods and kinds that it names, and not for health", async () => {
    const only = new Bench([{ name: "r", rate: 1, methods: ["/a.A/Get"] }]);
    expect([await only.count(3), await only.count(3, "", watch)]).toEqual([1, 3]);
    const not = new Bench([{ name: "r", rate: 1, exceptMethods: ["/a.A/*"] }]);
    expect([await not.count(3), await not.count(3, "", check)]).toEqual([3, 1]);
    const kinds = new Bench([{ name: "r", rate: 1, kinds: ["server_streaming"] }]);
    expect([await kinds.count(3), await kinds.count(3, "", watch)]).toEqual([3, 1]);
    const all = new Bench([{ name: "r", rate: 1, key: byMethod() }]);
    expect([
      await all.count(3),
      await all.count(3, "", watch),
      await all.count(3, "", check),
    ]).toEqual([1, 1, 3]);
  });

  it("costs what it says", async () => {
    const fixed = new Bench([{ name: "r", rate: 10, cost: 3 }]);
    expect(await fixed.count(9)).toBe(3);
    const byPath = new Bench([{ name: "r", rate: 10, cost: { "/a.A/Watch": 4 } }]);
    expect([await byPath.count(9, "", watch), await byPath.count(9)]).toEqual([2, 2]);
    const own = new Bench([
      { name: "r", rate: 10, cost: (call) => (byUser(call) === "free" ? 0 : 20) },
    ]);
    expect(await own.count(50, "free")).toBe(50);
    expect(await own.call("a")).toMatchObject({
      message:
        'rate limit "r" is used up: 10 per 1 s, burst 10; a cost of 20 is more than the burst and never passes',
    });
  });

  it("that only counts refuses nobody", async () => {
    const bench = new Bench([{ name: "r", rate: 1, burst: 2, shadow: true }]);
    expect(await bench.count(5)).toBe(5);
    expect(bench.limit.figures()).toEqual([{ name: "r", admitted: 2, refused: 3 }]);
    expect(bench.refusals.map(({ isShadow, waitMs }) => [isShadow, waitMs])).toEqual(
      Array(3).fill([true, 1000]),
    );
  });
});

describe("several rules", () => {
  const rules: RateLimitRule[] = [
    { name: "shadow", rate: 1, burst: 1, shadow: true },
    { name: "user", key: byUser, rate: 1, burst: 3 },
    { name: "all", rate: 1, burst: 4, perMs: 60_000 },
  ];

  it("must all agree, and a call that one refuses costs nothing by the others", async () => {
    const bench = new Bench(rules);
    expect([await bench.count(3, "a"), await bench.count(3, "b")]).toEqual([3, 1]);
    expect(await bench.call("b")).toMatchObject({ message: expect.stringMatching(/"all"/) });
    expect(bench.limit.figures()).toEqual([
      { name: "shadow", admitted: 1, refused: 6 },
      { name: "user", admitted: 4, refused: 0 },
      { name: "all", admitted: 4, refused: 3 },
    ]);
    bench.clock.advance(60_000);
    expect(await bench.count(3, "b")).toBe(1);
  });

  it("the same with a store that answers later", async () => {
    const clock = new FakeClock();
    const memory = createMemoryStore({ clock });
    const store: RateStore = {
      open(shape) {
        const buckets = memory.open(shape);
        return {
          take: async (key, cost) => buckets.take(key, cost),
          giveBack: (key, cost) => buckets.giveBack(key, cost),
        };
      },
    };
    const bench = new Bench(rules, store);
    expect([await bench.count(3, "a"), await bench.count(3, "b")]).toEqual([3, 1]);
    expect(bench.limit.figures()[1]).toEqual({ name: "user", admitted: 4, refused: 0 });
  });

  it("get back their tokens when a store does not answer", async () => {
    const clock = new FakeClock();
    const memory = createMemoryStore({ clock });
    const failing = (shape: { name: string }): boolean => shape.name === "all";
    const store: RateStore = {
      open: (shape) =>
        failing(shape)
          ? {
              take: () => Promise.reject(new RpcError(Code.UNAVAILABLE, "away")),
              giveBack() {},
            }
          : memory.open(shape),
    };
    const bench = new Bench(rules, store);
    for (let i = 0; i < 5; i++) {
      expect(await bench.call("a")).toMatchObject({ code: Code.UNAVAILABLE, message: "away" });
    }
    expect(bench.limit.figures()[1]).toEqual({ name: "user", admitted: 0, refused: 0 });
  });
});

describe("a refusal", () => {
  it("names the rule, whom it holds for, its values, and when to try again", async () => {
    const rule = { name: "user", key: byUser, rate: 5, perMs: 60_000, burst: 1 };
    const bench = new Bench([rule], undefined, true);
    await bench.call("alice");
    bench.clock.advance(500);
    const error = (await bench.call("alice")) as RpcError;
    expect(error.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(error.message).toBe(
      'rate limit "user" of alice is used up: 5 per 60 s, burst 1; try again in 11500 ms',
    );
    expect(error.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({
      seconds: 11n,
      nanos: 500_000_000,
    });
    expect(error.findDetails(QuotaFailureSchema)[0]?.violations).toMatchObject([
      { subject: "alice", description: error.message, quotaId: "user", quotaValue: 5n },
    ]);
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("11500");
    expect(bench.refusals).toMatchObject([
      { limit: "user", key: "alice", waitMs: 11_500, isShadow: false, call: { method: get } },
    ]);
  });

  it("tells clients not to repeat what never passes, and says nothing of retries unless told to", async () => {
    const never = new Bench([{ name: "r", rate: 1, cost: 2 }], undefined, true);
    const error = (await never.call()) as RpcError;
    expect(error.metadata.get("grpc-retry-pushback-ms")).toBe("-1");
    expect(error.findDetails(RetryInfoSchema)).toEqual([]);
    const quiet = new Bench([{ name: "r", rate: 1, cost: 2 }]);
    expect(((await quiet.call()) as RpcError).hasMetadata).toBe(false);
  });

  it("shows no metadata, and keeps long keys short", async () => {
    const secret = "tl_secret_0123456789";
    const bench = new Bench([{ name: "r", key: byMetadata("User"), rate: 1 }]);
    await bench.call(secret);
    const error = (await bench.call(secret)) as RpcError;
    expect(error.message).toMatch(/^rate limit "r" of user:sha256:[\w-]{43} is used up/);
    expect(JSON.stringify(error)).not.toContain("tl_secret");
    expect(await bench.call("another")).toBe("in");
    const long = new Bench([{ name: "r", key: byUser, rate: 1 }]);
    await long.call("x".repeat(5000));
    expect(((await long.call("x".repeat(5000))) as RpcError).message.length).toBeLessThan(200);
  });
});

describe("messages of streams", () => {
  const send = async (bench: Bench, count: number, seen: number[]) => {
    const messages = (async function* () {
      for (let i = 0; i < count; i++) yield i;
    })();
    const call = createHandlerContext({ method: put, messages });
    const next: Next = async (passed) => {
      for await (const message of passed.messages!) seen.push(message as number);
      return { message: "in" } as never;
    };
    return { call, end: bench.limit(call, next).catch((error: unknown) => error) };
  };

  it("count, and end the call that sends too many", async () => {
    const bench = new Bench([{ name: "r", rate: 1, burst: 4, messages: "refuse" }]);
    const seen: number[] = [];
    const { end } = await send(bench, 9, seen);
    expect(await end).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
    expect(seen).toEqual([0, 1, 2]);
    expect(await bench.count(1)).toBe(0);
  });

  it("or are read later", async () => {
    const bench = new Bench([{ name: "r", rate: 1, burst: 4, messages: "delay" }]);
    const seen: number[] = [];
    const { end } = await send(bench, 6, seen);
    const settle = async () => {
      for (let i = 0; i < 30; i++) await undefined;
      return seen.length;
    };
    expect(await settle()).toBe(3);
    bench.clock.advance(999);
    expect(await settle()).toBe(3);
    bench.clock.advance(1);
    expect(await settle()).toBe(4);
    bench.clock.advance(5000);
    expect(await settle()).toBe(6);
    expect(await end).toMatchObject({ message: "in" });
  });

  it("stop waiting when the call is over", async () => {
    const bench = new Bench([{ name: "r", rate: 1, burst: 1, messages: "delay" }]);
    const { call, end } = await send(bench, 6, []);
    for (let i = 0; i < 30; i++) await undefined;
    call.cancel();
    expect(await end).toMatchObject({ code: Code.CANCELLED });
  });
});

describe("options", () => {
  it.each<Partial<RateLimitRule>>([
    { name: "" },
    { rate: 0 },
    { rate: Number.POSITIVE_INFINITY },
    { perMs: -1 },
    { burst: 0 },
    { burst: 1.5 },
    { cost: -1 },
    { cost: { "/a.A/Get": 0.5 } },
    { key: "user" as never },
    { methods: ["Get"] },
    { kinds: ["duplex" as never] },
    { messages: "drop" as never },
  ])("%j cannot be", (wrong) => {
    expect(() => rateLimit({ rules: [{ name: "r", rate: 1, ...wrong }] })).toThrow(UsageError);
  });

  it("rules have different names", () => {
    const rule = { name: "r", rate: 1 };
    expect(() => rateLimit({ rules: [rule, rule] })).toThrow('two rate limits called "r"');
  });
});
