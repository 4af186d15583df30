// Deadlines from both ends: how they are said, who ends the call, how they and all that goes with them travel on.
import {
  type CallOptions,
  Code,
  createCallScope,
  type Interceptor,
  Metadata,
  type ParentCall,
  UsageError,
} from "@trunkline/client";
import { traceContext } from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { closeAll, failureOf, startPair } from "./pair.js";
import { startScript, WireClient } from "./wire.js";

afterEach(closeAll);

const passing: Interceptor = (call, next) => next(call);
const never = (): Promise<never> => new Promise(() => {});
/** For a first call, so that the one that is looked at finds a connection. */
const upload = async (): Promise<object> => ({});
const day = 86_400_000;

/** What the handler of a call was told of its time. */
async function timeLeft(options: object): Promise<number | undefined> {
  let left: number | undefined;
  const { client } = startPair({
    unary: (_request, call) => {
      left = call.timeRemainingMs();
      return {};
    },
  });
  await client.unary({}, options);
  return left;
}

describe("how long", () => {
  it.each([
    ["a second", 1000],
    ["25 days, beyond what a timer takes", 25 * day],
    ["a century", 36_500 * day],
    ["a fraction of a millisecond more", 1000.25],
  ])("%s reaches the handler, as a timeout or a deadline", async (_name, timeoutMs) => {
    const near = timeoutMs * 1.001;
    for (const options of [
      { timeoutMs },
      { deadline: Date.now() + timeoutMs },
      { deadline: new Date(Date.now() + timeoutMs) },
    ]) {
      const left = await timeLeft(options);
      expect(left).toBeGreaterThan(timeoutMs - 1000);
      expect(left).toBeLessThanOrEqual(near + 1000);
    }
  });

  it("the earlier of timeout and deadline counts; none at all is none", async () => {
    expect(await timeLeft({ timeoutMs: 60_000, deadline: Date.now() + 1e9 })).toBeLessThan(60_001);
    expect(await timeLeft({ timeoutMs: 1e9, deadline: Date.now() + 60_000 })).toBeLessThan(61_000);
    expect(await timeLeft({})).toBeUndefined();
    expect(await timeLeft({ timeoutMs: Number.POSITIVE_INFINITY })).toBeUndefined();
  });

  it.each([
    { timeoutMs: Number.NaN },
    { deadline: new Date("never") },
    { timeoutMs: "5" as never },
  ])("%j is refused at once", (options) => {
    const { client } = startPair({});
    expect(() => client.unary({}, options)).toThrow(UsageError);
  });

  it.each([0, -5])("%d ms fails at once and asks no server", async (timeoutMs) => {
    let calls = 0;
    const { client } = startPair({
      unary: () => {
        calls++;
        return {};
      },
    });
    expect((await failureOf(client.unary({}, { timeoutMs }))).code).toBe(Code.DEADLINE_EXCEEDED);
    expect(calls).toBe(0);
  });
});

describe("the server's own", () => {
  const leftOf = async (options: object, service: object, timeoutMs?: number) => {
    let left: number | undefined;
    const { client } = startPair(
      {
        unary: (_request, call) => {
          left = call.timeRemainingMs();
          return {};
        },
      },
      { server: options, service },
    );
    await client.unary({}, { timeoutMs });
    return left === undefined ? undefined : Math.round(left / 1000);
  };

  it("default holds for calls that bring none", async () => {
    expect(await leftOf({ defaultTimeoutMs: 60_000 }, {})).toBe(60);
    expect(await leftOf({ defaultTimeoutMs: 60_000 }, {}, 90_000)).toBe(90);
    expect(await leftOf({ defaultTimeoutMs: 9e4 }, { defaultTimeoutMs: 30_000 })).toBe(30);
    const method = { methods: { unary: { defaultTimeoutMs: 20_000 } } };
    expect(await leftOf({ defaultTimeoutMs: 9e4 }, method)).toBe(20);
  });

  it("maximum cuts longer ones, and holds for calls that bring none", async () => {
    expect(await leftOf({ maxTimeoutMs: 60_000 }, {}, 90_000)).toBe(60);
    expect(await leftOf({ maxTimeoutMs: 60_000 }, {}, 30_000)).toBe(30);
    expect(await leftOf({ maxTimeoutMs: 60_000 }, {})).toBe(60);
    expect(
      await leftOf({ maxTimeoutMs: 60_000 }, { methods: { unary: { maxTimeoutMs: 5000 } } }),
    ).toBe(5);
  });

  it("says in the error that it was the server's", async () => {
    const { client } = startPair({ unary: never }, { server: { maxTimeoutMs: 20 } });
    const failure = await failureOf(client.unary({}));
    expect(failure.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(failure.message).toBe(
      "deadline exceeded: the call had 20 ms (the server's maxTimeoutMs)",
    );
  });
});

describe("when it passes", () => {
  /** Keeps the event loop busy, so that no timer can fire. */
  const blockUntil = (epochMs: number): void => {
    while (Date.now() < epochMs);
  };

  it.each([
    ["without interceptors", {}],
    ["with interceptors", { interceptors: [passing] }],
  ])(
    "an answer that comes too late is none, even if no timer has fired: %s",
    async (_name, server) => {
      const wire = await WireClient.start(
        {
          unary: (_request, call) => {
            blockUntil((call.deadline ?? 0) + 5);
            return { text: "late" };
          },
        },
        server,
      );
      const { headers, body } = await wire.call({ "grpc-timeout": "20m" });
      expect(headers["grpc-status"]).toBe(String(Code.DEADLINE_EXCEEDED));
      expect(body).toHaveLength(0);
    },
  );

  it("a stream that ends too late does not end with OK", async () => {
    const { client } = startPair({
      async *download(_request, call) {
        yield { index: 1 };
        blockUntil((call.deadline ?? 0) + 5);
      },
    });
    const failure = await failureOf(client.download({}, { timeoutMs: 30 }));
    expect(failure.code).toBe(Code.DEADLINE_EXCEEDED);
  });

  it("a handler that does not look at its signal has no say any more", async () => {
    let settle: (value: { text: string }) => void = () => {};
    const { client } = startPair({
      upload,
      unary: () =>
        new Promise((resolve) => {
          settle = resolve;
        }),
    });
    await client.upload([]);
    const failure = await failureOf(client.unary({}, { timeoutMs: 20 }));
    settle({ text: "late" });
    expect(failure.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(failure.message).toMatch(
      /^\/trunkline\.test\.v1\.TestService\/Unary: the deadline of 20 ms passed while waiting for a response from 127\.0\.0\.1:1 for \d+ ms$|^deadline exceeded: the call had/,
    );
  });

  it.each([
    ["without interceptors", []],
    ["with interceptors", [passing]],
  ])(
    "AbortSignal.timeout is a deadline and says what was waited for, %s",
    async (_name, interceptors) => {
      const { client } = startPair({ unary: never, upload }, { channel: { interceptors } });
      await client.upload([]);
      const failure = await failureOf(client.unary({}, { signal: AbortSignal.timeout(20) }));
      expect(failure.code).toBe(Code.DEADLINE_EXCEEDED);
      expect(failure.message).toContain("while waiting for a response from 127.0.0.1:1 for ");
    },
  );

  it("AbortController.abort is a cancellation", async () => {
    const { client } = startPair({ unary: never });
    const controller = new AbortController();
    const call = failureOf(client.unary({}, { signal: controller.signal }));
    controller.abort();
    expect((await call).code).toBe(Code.CANCELLED);
  });

  it("a stream that stalls after its first message says that it waited for the rest", async () => {
    const { client } = await startScript((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
    });
    const failure = await failureOf(client.download({}, { timeoutMs: 600 }));
    expect(failure.message).toMatch(
      /the deadline of 600 ms passed while waiting for the rest of the response from 127\.0\.0\.1:\d+ for \d+ ms/,
    );
  });

  it.each([
    ["without interceptors", []],
    ["with interceptors", [passing]],
  ])(
    "a deadline that passes while the event loop is held up says so too, %s",
    async (_name, interceptors) => {
      const { client } = startPair(
        {
          upload,
          unary: (_request, call) => {
            blockUntil((call.deadline ?? 0) + 10);
            return {};
          },
        },
        { channel: { interceptors } },
      );
      await client.upload([]);
      const failure = await failureOf(client.unary({}, { timeoutMs: 20 }));
      expect(failure.code).toBe(Code.DEADLINE_EXCEEDED);
      expect(failure.message).toMatch(
        /the deadline of 20 ms passed while waiting for a response|the call had/,
      );
    },
  );

  it("fractions of milliseconds are told, and a deadline of null is none", async () => {
    const { client } = startPair(
      { unary: () => ({ text: "ok" }) },
      { channel: { connect: never } },
    );
    const failure = await failureOf(client.unary({}, { timeoutMs: 1.5 }));
    expect(failure.message).toContain("the deadline of 1.5 ms passed");
    const { client: other } = startPair({ unary: () => ({ text: "ok" }) });
    const options = { deadline: null } as unknown as CallOptions;
    await expect(other.unary({}, options)).resolves.toMatchObject({ text: "ok" });
  });

  it("while connecting it names address, target and time", async () => {
    const { client } = startPair({}, { channel: { connect: never } });
    const failure = await failureOf(client.unary({}, { timeoutMs: 30 }));
    expect(failure.message).toMatch(
      /the deadline of 30 ms passed while waiting for a connection: picked 127\.0\.0\.1:1 of 1, connecting for 0\.0\d s \(target "ipv4:127\.0\.0\.1:1", CONNECTING for 0\.0\d s\)/,
    );
  });
});

describe("what goes on to the calls of a handler", () => {
  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  /** A back end that writes down what it was told, and what `relay` sees of its own call. */
  function startChain(relay: (call: ServerCall) => object | undefined, scoped = false) {
    const seen: ServerCall[] = [];
    const callScope = scoped ? createCallScope() : undefined;
    const back = startPair(
      {
        unary: (_request, call) => {
          seen.push(call);
          return call.metadata.has("x-hang") ? never() : {};
        },
      },
      { channel: { callScope } },
    );
    const front = startPair(
      {
        unary: async ({ text }, call) => {
          const metadata = text === "hang" ? { "x-hang": "1" } : undefined;
          await back.client.unary({}, { metadata, ...relay(call) });
          return {};
        },
        async *download(_request, call) {
          await back.client.unary({}, relay(call));
          yield {};
          await back.client.unary({}, relay(call));
          yield {};
        },
      },
      { server: { callScope } },
    );
    return { client: front.client, seen };
  }

  it.each([
    ["{ parent }", (call: ParentCall) => ({ parent: call }), false],
    ["a call scope", () => ({}), true],
  ])("deadline, cancellation and trace go on by %s", async (_name, relay, scoped) => {
    const { client, seen } = startChain(relay, scoped);
    const metadata = { traceparent, "x-private": "1" };
    await client.unary({}, { timeoutMs: 60_000, metadata });
    expect(seen[0]?.timeRemainingMs()).toBeGreaterThan(50_000);
    expect(seen[0]?.timeRemainingMs()).toBeLessThanOrEqual(60_000);
    expect([...(seen[0]?.metadata ?? [])].filter(([name]) => name !== "user-agent")).toEqual([
      ["traceparent", traceparent],
    ]);
    const controller = new AbortController();
    const call = failureOf(client.unary({ text: "hang" }, { signal: controller.signal }));
    while (seen.length < 2) await new Promise(setImmediate);
    const cancelled = new Promise((resolve) =>
      seen[1]?.signal.addEventListener("abort", resolve, { once: true }),
    );
    controller.abort();
    await Promise.all([call, cancelled]);
    expect(seen[1]?.signal.reason).toMatchObject({ code: Code.CANCELLED });
  });

  it("the code of a generator is in the scope of its call, too", async () => {
    const { client, seen } = startChain(() => undefined, true);
    let count = 0;
    for await (const _ of client.download({}, { timeoutMs: 60_000 })) count++;
    expect([count, seen.length]).toEqual([2, 2]);
    for (const call of seen) expect(call.timeRemainingMs()).toBeLessThanOrEqual(60_000);
  });

  it("parent: null takes a call out of the scope, and without a scope nothing goes on", async () => {
    const scoped = startChain(() => ({ parent: null }), true);
    await scoped.client.unary({}, { timeoutMs: 60_000, metadata: { traceparent } });
    expect(scoped.seen[0]?.deadline).toBeUndefined();
    expect(scoped.seen[0]?.metadata.has("traceparent")).toBe(false);
    const plain = startChain(() => undefined);
    await plain.client.unary({}, { timeoutMs: 60_000 });
    expect(plain.seen[0]?.deadline).toBeUndefined();
  });

  it("calls outside any handler have no parent, and parallel handlers are told apart", async () => {
    const { client, seen } = startChain(() => ({}), true);
    await Promise.all([20_000, 40_000, 60_000].map((timeoutMs) => client.unary({}, { timeoutMs })));
    const times = seen.map((call) => Math.ceil((call.timeRemainingMs() ?? 0) / 10_000));
    expect(times.sort()).toEqual([2, 4, 6]);
  });

  it("a shorter timeout of its own counts, and a tracer's context goes before the request's", async () => {
    const { client, seen } = startChain((call) => {
      call.context.set(traceContext, new Metadata({ traceparent: "span" }));
      return { parent: call, timeoutMs: 1000 };
    });
    await client.unary({}, { timeoutMs: 60_000, metadata: { traceparent } });
    expect(seen[0]?.timeRemainingMs()).toBeLessThanOrEqual(1000);
    expect(seen[0]?.metadata.get("traceparent")).toBe("span");
  });
});
