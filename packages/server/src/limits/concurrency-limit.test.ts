// Concurrency limits: who gets a slot, who waits and for how long, who is refused, and when slots are free again.
import {
  Code,
  createGenericMethod,
  Deferred,
  type Next,
  QuotaFailureSchema,
  type Reply,
  type RpcError,
  UsageError,
} from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { describe, expect, it } from "vitest";
import type { CallContext } from "../dispatch/call-context.js";
import { createHandlerContext, type HandlerContext } from "../testing/handler-context.js";
import { type ConcurrencyLimitOptions, concurrencyLimit } from "./concurrency-limit.js";

const method = createGenericMethod("/a.A/B", "unary");

/** Calls against one limit; what has begun is in `begun`. */
class Bench {
  readonly clock = new FakeClock();
  readonly begun: string[] = [];
  readonly limit: ReturnType<typeof concurrencyLimit>;
  readonly refused: string[] = [];

  constructor(options: Partial<ConcurrencyLimitOptions> = {}) {
    this.limit = concurrencyLimit({
      max: 2,
      clock: this.clock,
      key: ({ metadata }) => (metadata.get("key") as string | undefined) ?? undefined,
      onRefused: ({ key, limit }) => void this.refused.push(`${limit} ${key}`),
      ...options,
    });
  }

  call(
    name: string,
    key?: string,
    of = method,
  ): { context: HandlerContext; end: Promise<unknown> } {
    const context = createHandlerContext({
      method: of,
      metadata: key === undefined ? {} : { key },
    });
    const next: Next = () => {
      this.begun.push(name);
      return new Deferred<Reply>().promise;
    };
    const end = this.limit(context, next).catch((error: unknown) => error);
    return { context, end };
  }

  /** What came of waiting for that has come of it when all promises that can have settled. */
  async begunNow(): Promise<string[]> {
    for (let i = 0; i < 10; i++) await undefined;
    return this.begun.splice(0);
  }
}

const finish = ({ context }: { context: HandlerContext }): void =>
  (context as unknown as CallContext).finished();

describe("a concurrency limit", () => {
  it("lets as many in as it says, of each key, and the next when one is over", async () => {
    const bench = new Bench();
    const first = bench.call("a1", "a");
    bench.call("a2", "a");
    const refused = bench.call("a3", "a");
    bench.call("b1", "b");
    expect(await bench.begunNow()).toEqual(["a1", "a2", "b1"]);
    const error = (await refused.end) as RpcError;
    expect(error).toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      message:
        'limit "concurrency": 2 calls of a are under way, and no more than 2 may be; 0 more wait',
    });
    expect(error.findDetails(QuotaFailureSchema)[0]?.violations).toMatchObject([
      { subject: "a", quotaId: "concurrency", quotaValue: 2n, description: error.message },
    ]);
    expect(bench.refused).toEqual(["concurrency a"]);
    expect(bench.limit.figures()).toEqual({ running: 3, waiting: 0, refused: 1 });
    finish(first);
    bench.call("a4", "a");
    expect(await bench.begunNow()).toEqual(["a4"]);
  });

  it("has the others wait, in their order", async () => {
    const bench = new Bench({ max: 1, maxWaiting: 2 });
    const calls = ["a", "b", "c", "d"].map((name) => bench.call(name));
    expect(await bench.begunNow()).toEqual(["a"]);
    expect(await calls[3]!.end).toMatchObject({
      message: 'limit "concurrency": 1 calls are under way, and no more than 1 may be; 2 more wait',
    });
    expect(bench.limit.figures()).toEqual({ running: 1, waiting: 2, refused: 1 });
    finish(calls[0]!);
    expect(await bench.begunNow()).toEqual(["b"]);
    finish(calls[1]!);
    expect(await bench.begunNow()).toEqual(["c"]);
    finish(calls[2]!);
    expect(bench.limit.figures()).toEqual({ running: 0, waiting: 0, refused: 1 });
  });

  it("lets nobody wait for too long", async () => {
    const bench = new Bench({ max: 1, maxWaiting: 2, maxWaitMs: 50, code: Code.UNAVAILABLE });
    const first = bench.call("a");
    const second = bench.call("b");
    bench.clock.advance(49);
    expect(bench.limit.figures().waiting).toBe(1);
    bench.clock.advance(1);
    expect(await second.end).toMatchObject({
      code: Code.UNAVAILABLE,
      message:
        'limit "concurrency": 1 calls are under way, and no more than 1 may be; the call has waited for 50 ms',
    });
    finish(first);
    bench.call("c");
    expect(await bench.begunNow()).toEqual(["a", "c"]);
  });

  it("forgets those whose clients are gone", async () => {
    const bench = new Bench({ max: 1, maxWaiting: 2, maxWaitMs: Infinity });
    const [first, second] = [bench.call("a"), bench.call("b"), bench.call("c")];
    second.context.cancel();
    expect(bench.limit.figures()).toEqual({ running: 1, waiting: 1, refused: 0 });
    finish(first);
    expect(await bench.begunNow()).toEqual(["a", "c"]);
    expect(bench.refused).toEqual([]);
  });

  it("gives the slot of a call on that has ended by the time it gets it", async () => {
    const bench = new Bench({ max: 1, maxWaiting: 2 });
    const [first, second] = [bench.call("a"), bench.call("b"), bench.call("c")];
    finish(second);
    finish(first);
    expect(await bench.begunNow()).toEqual(["a", "b", "c"]);
    expect(bench.limit.figures().running).toBe(1);
  });

  it("counts what it was told to count", async () => {
    const health = createGenericMethod("/grpc.health.v1.Health/Check", "unary");
    const other = createGenericMethod("/a.A/Other", "unary");
    const bench = new Bench({ max: 1, key: ({ metadata }) => metadata.has("key") && "k" });
    for (const name of ["a", "b"]) bench.call(name);
    for (const name of ["c", "d"]) bench.call(name, "k", health);
    expect(await bench.begunNow()).toEqual(["a", "b", "c", "d"]);
    const named = new Bench({ max: 1, methods: ["/a.A/B"], exceptMethods: [] });
    for (const name of ["a", "b"]) named.call(name, "k", other);
    for (const name of ["c", "d"]) named.call(name, "k", method);
    expect(await named.begunNow()).toEqual(["a", "b", "c"]);
  });

  it.each([
    { max: 0 },
    { max: 1.5 },
    { max: 1, maxWaiting: -1 },
    { max: 1, maxWaitMs: 0 },
    { max: 1, key: "a" as never },
  ])("%j cannot be", (options) => expect(() => concurrencyLimit(options)).toThrow(UsageError));
});
