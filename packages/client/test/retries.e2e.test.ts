// Retries of single requests on real connections: policies, pushback, throttling, budgets, deadlines, what the server sees.
import { create, type DescMethod, type DescService } from "@bufbuild/protobuf";
import { Code, Metadata, packDetail, RetryInfoSchema, statusFields } from "@trunkline/core";
import { afterEach, describe, expect, it } from "vitest";
import { type ChannelOptions, createClient, openRaw } from "../src/index.js";
import { closeAll, reply } from "./connected-client.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { grpcHead } from "./raw-server.js";
import {
  afterFailures,
  attemptsSeen,
  beSilent,
  configOf,
  fail,
  openBench,
  policy,
  refuse,
  serveAnswers,
  succeed,
  until,
} from "./retry-bench.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

const retrying: ChannelOptions = { serviceConfig: configOf({ retryPolicy: policy }) };
const unavailable = fail(Code.UNAVAILABLE);

/** The same service, whose contract calls its methods idempotent. */
function idempotent<S extends DescService>(service: S): S {
  const methods = service.methods.map((method) => ({ ...method, idempotency: 2 }) as DescMethod);
  return { ...service, methods };
}

describe("a retry policy", () => {
  it("tries again until it works, and tells the server how often before", async () => {
    const bench = openBench(serveAnswers(unavailable, unavailable, succeed), retrying);
    const call = bench.client.unary({ text: "a" });
    await afterFailures(bench, 1);
    await afterFailures(bench, 2);
    expect((await call).text).toBe("hello");
    expect(attemptsSeen(bench.server)).toEqual([undefined, "1", "2"]);
    const bodies = bench.server.streams.map(({ body }) => Buffer.from(body).toString("hex"));
    expect(new Set(bodies).size).toBe(1);
    expect(bench.recorder.events).toEqual([
      "1 first",
      "1 ended 14",
      "2 retry",
      "2 ended 14",
      "3 retry",
      "3 ended 0",
    ]);
  });

  it("waits for the backoff, with 20 % jitter either way", async () => {
    const bench = openBench(serveAnswers(unavailable, succeed), retrying);
    const call = bench.client.unary({});
    await afterFailures(bench, 1, 79);
    expect(bench.server.streams).toHaveLength(1);
    bench.clock.advance(42);
    await call;
  });

  it("says how often, how long, where and why when it gives up", async () => {
    const bench = openBench(serveAnswers(fail(Code.UNAVAILABLE, "overloaded")), retrying);
    const failure = failureOf(bench.client.unary({}));
    for (let count = 1; count < 4; count++) await afterFailures(bench, count);
    const error = await failure;
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(
      /^overloaded \(4 attempts in \d+ ms, the last on server:1; no further attempt: 4 attempts are the most\)$/,
    );
  });

  it("leaves other failures as they are", async () => {
    const bench = openBench(serveAnswers(fail(Code.NOT_FOUND, "no such user")), retrying);
    const error = await failureOf(bench.client.unary({}));
    expect([error.code, error.message]).toEqual([Code.NOT_FOUND, "no such user"]);
    expect(bench.server.streams).toHaveLength(1);
  });

  it("is cut to five attempts unless the channel allows more", async () => {
    for (const [retryLimits, expected] of [
      [undefined, 5],
      [{ maxAttempts: 7 }, 7],
      [{ maxAttempts: 1 }, 1],
    ] as const) {
      const retryPolicy = { ...policy, maxAttempts: 50 };
      const options = { serviceConfig: configOf({ retryPolicy }), retryLimits };
      const bench = openBench(serveAnswers(unavailable), options);
      const failure = failureOf(bench.client.unary({}));
      for (let count = 1; count < expected; count++) await afterFailures(bench, count);
      await failure;
      expect(bench.server.streams).toHaveLength(expected);
    }
  });

  it("is over once headers have come", async () => {
    const server = serveAnswers((stream) =>
      stream.head().trailers(["grpc-status", "14", "grpc-message", "too late"]),
    );
    const bench = openBench(server, retrying);
    expect((await failureOf(bench.client.unary({}))).message).toBe("too late");
    expect(server.streams).toHaveLength(1);
  });

  it("retries calls that found no connection, too", async () => {
    const server = serveAnswers(succeed);
    let dials = 0;
    const bench = openBench(server, {
      ...retrying,
      backoff: { initialMs: 1, maxMs: 1 },
      connect: () => (dials++ === 0 ? Promise.reject(new Error("nobody there")) : server.dial()),
    });
    const call = bench.client.unary({});
    await until(() => bench.clock.pending.length > 0 && dials === 1);
    for (let turn = 0; turn < 50 && server.streams.length === 0; turn++) {
      bench.clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await call;
    expect(attemptsSeen(server)).toEqual([expect.stringMatching(/^[123]$/)]);
  });

  it("keeps the request as it was when it was first sent", async () => {
    const bench = openBench(serveAnswers(unavailable, succeed), retrying);
    const request = create(TestService.method.unary.input, { text: "before" });
    const call = bench.client.unary(request);
    await until(() => bench.server.streams.length === 1);
    request.text = "after!";
    await afterFailures(bench, 1);
    await call;
    const [first, second] = bench.server.streams;
    expect(second?.body).toEqual(first?.body);
    expect(Buffer.from(second?.body ?? []).toString()).toContain("before");
  });

  it("sends the same metadata each time, and the time that is left", async () => {
    const bench = openBench(serveAnswers(unavailable, succeed), retrying);
    const metadata = new Metadata({ "x-user": "ada", "grpc-previous-rpc-attempts": "9" });
    const call = bench.client.unary({}, { metadata, timeoutMs: 5000 });
    await afterFailures(bench, 1, 120);
    await call;
    const [, second] = bench.server.streams;
    expect(second?.header("x-user")).toBe("ada");
    expect(second?.fields.filter((field) => field === "grpc-previous-rpc-attempts")).toHaveLength(
      1,
    );
    expect(second?.header("grpc-previous-rpc-attempts")).toBe("1");
    expect(Number.parseInt(second?.header("grpc-timeout") ?? "", 10)).toBeLessThan(5_000_000);
  });

  it("compresses each attempt", async () => {
    const bench = openBench(serveAnswers(unavailable, succeed), {
      ...retrying,
      compression: "gzip",
    });
    const call = bench.client.unary({ text: "x".repeat(5000) });
    await afterFailures(bench, 1);
    await call;
    const [first, second] = bench.server.streams;
    expect(second?.header("grpc-encoding")).toBe("gzip");
    expect(second?.body[0]).toBe(1);
    expect(second?.body.length).toBe(first?.body.length);
  });
});

describe("deadline and cancellation", () => {
  it("fails at once with the last error when the next attempt would come too late", async () => {
    const bench = openBench(serveAnswers(fail(Code.UNAVAILABLE, "down")), retrying);
    const error = await failureOf(bench.client.unary({}, { timeoutMs: 50 }));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(
      /^down \(1 attempt in .*; no further attempt: the next one would come in \d+ ms, and the deadline is in 50 ms\)$/,
    );
  });

  it("counts for the whole call", async () => {
    const bench = openBench(serveAnswers(unavailable, beSilent), retrying);
    const failure = failureOf(bench.client.unary({}, { timeoutMs: 1000 }));
    await afterFailures(bench, 1, 120);
    await until(() => bench.server.streams.length === 2);
    bench.clock.advance(900);
    const error = await failure;
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(error.message).toMatch(
      /the deadline of 1000 ms passed while waiting for a response from server:1 for \d+ ms \(attempt 2, after UNAVAILABLE: no\)$/,
    );
    await until(() => bench.server.streams[1]?.reset !== undefined);
  });

  it("a signal ends the wait between two attempts at once", async () => {
    const bench = openBench(serveAnswers(unavailable), retrying);
    const controller = new AbortController();
    const failure = failureOf(bench.client.unary({}, { signal: controller.signal }));
    await afterFailures(bench, 1, 0);
    controller.abort();
    expect((await failure).code).toBe(Code.CANCELLED);
    bench.clock.advance(5000);
    expect(bench.server.streams).toHaveLength(1);
    expect(bench.clock.holding).toBe(0);
  });

  it("closing the channel ends the wait between two attempts at once", async () => {
    const bench = openBench(serveAnswers(unavailable), retrying);
    const failure = failureOf(bench.client.unary({}));
    await afterFailures(bench, 1, 0);
    await bench.channel.close({ graceMs: 1000 });
    const error = await failure;
    expect([error.code, error.message]).toEqual([
      Code.CANCELLED,
      'the channel to "server:1" was closed between two attempts',
    ]);
  });
});

describe("what the server says about when", () => {
  it.each([
    ["30", 30],
    ["0", 0],
    ["5000", 5000],
  ])("pushback %s comes first", async (text, ms) => {
    const server = serveAnswers(fail(14, "no", "grpc-retry-pushback-ms", text), succeed);
    const bench = openBench(server, retrying);
    const call = bench.client.unary({});
    await afterFailures(bench, 1, Math.max(0, ms - 1));
    expect(server.streams).toHaveLength(1);
    bench.clock.advance(3);
    await call;
  });

  it.each(["-1", "soon", "", "007"])("pushback %j: not again", async (text) => {
    const bench = openBench(serveAnswers(fail(14, "no", "grpc-retry-pushback-ms", text)), retrying);
    expect((await failureOf(bench.client.unary({}))).message).toContain(
      "no further attempt: the server said not to retry (grpc-retry-pushback-ms)",
    );
    expect(bench.server.streams).toHaveLength(1);
  });

  it.each([
    [undefined, 399],
    [false, 120],
  ])("RetryInfo is the shortest wait (honourRetryInfo %s)", async (honourRetryInfo, waitMs) => {
    const details = [
      packDetail(RetryInfoSchema, { retryDelay: { seconds: 0n, nanos: 400_000_000 } }),
    ];
    const fields = [...grpcHead, ...statusFields(14, "busy", details)];
    const server = serveAnswers(
      (stream) => stream.connection.sendHeaders(stream.id, { fields }, true),
      succeed,
    );
    const bench = openBench(server, { ...retrying, retryLimits: { honourRetryInfo } });
    const call = bench.client.unary({});
    await afterFailures(bench, 1, waitMs);
    if (honourRetryInfo === undefined) {
      expect(server.streams).toHaveLength(1);
      bench.clock.advance(2);
    }
    await call;
  });
});

describe("throttling and budget", () => {
  it("stops retries while more than half of the tokens are gone", async () => {
    const serviceConfig = configOf({ retryPolicy: policy }, { maxTokens: 4, tokenRatio: 1 });
    const bench = openBench(serveAnswers(unavailable, unavailable, succeed), { serviceConfig });
    const failure = failureOf(bench.client.unary({}));
    await afterFailures(bench, 1);
    expect((await failure).message).toContain(
      "no further attempt: retries are throttled: 2 of 4 tokens are left, more than 2 are needed",
    );
    await bench.client.unary({});
  });

  it("a budget bounds retries to a share of the calls", async () => {
    const budget = { ratio: 0.5, minPerSecond: 0 };
    const bench = openBench(serveAnswers(unavailable), { ...retrying, retryLimits: { budget } });
    const failures = [1, 2, 3, 4].map(() => failureOf(bench.client.unary({})));
    await until(() => bench.recorder.events.filter((event) => event.includes("ended")).length >= 4);
    bench.clock.advance(200);
    const errors = await Promise.all(failures);
    expect(bench.server.streams).toHaveLength(6);
    expect(errors.map(({ message }) => message)).toContainEqual(
      expect.stringContaining(
        "the retry budget is used up: 2 retries for 4 calls in 10 s, 2 are allowed",
      ),
    );
  });
});

describe("what needs no service config", () => {
  it("`retry` of a channel holds for methods that are idempotent by contract", async () => {
    const bench = openBench(serveAnswers(unavailable, unavailable, succeed), { retry: {} });
    await failureOf(bench.client.unary({}));
    expect(bench.server.streams).toHaveLength(1);
    const call = createClient(idempotent(TestService), bench.channel).unary({});
    await afterFailures(bench, 2);
    expect((await call).text).toBe("hello");
  });

  it("`methods: all` holds for all of them, raw ones included", async () => {
    const bench = openBench(serveAnswers(unavailable, succeed), { retry: { methods: "all" } });
    const call = openRaw(bench.channel, "/a.B/C");
    void call.send(new Uint8Array([1, 2, 3]));
    call.closeSend();
    const first = call.messages.next();
    await afterFailures(bench, 1);
    expect((await first).value).toEqual(reply);
    expect([...(bench.server.streams[1]?.body ?? [])]).toEqual([0, 0, 0, 0, 3, 1, 2, 3]);
  });

  it("`retry` of a call goes before everything", async () => {
    const bench = openBench(serveAnswers(unavailable), { ...retrying, retry: false });
    await failureOf(bench.client.unary({}));
    expect(bench.server.streams).toHaveLength(1);
    const failure = failureOf(bench.client.unary({}, { retry: { maxAttempts: 2 } }));
    await afterFailures(bench, 2);
    expect((await failure).message).toContain("2 attempts are the most");
    expect(bench.server.streams).toHaveLength(3);
  });

  it("`retry: false` of a call switches the policy off", async () => {
    const bench = openBench(serveAnswers(unavailable), retrying);
    expect((await failureOf(bench.client.unary({}, { retry: false }))).message).toBe("no");
    expect(bench.server.streams).toHaveLength(1);
  });

  it("`perAttemptTimeoutMs` gives an attempt up that hears nothing", async () => {
    const bench = openBench(serveAnswers(beSilent, beSilent));
    const retry = { maxAttempts: 2, perAttemptTimeoutMs: 300 };
    const failure = failureOf(bench.client.unary({}, { retry }));
    for (const count of [1, 2]) {
      await until(() => bench.server.streams.length === count);
      bench.clock.advance(301);
      bench.clock.advance(120);
    }
    const error = await failure;
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(error.message).toMatch(
      /^no response from server:1 within the 300 ms of one attempt \(2 att/,
    );
    await until(() => bench.server.streams.every(({ reset }) => reset?.code === 8));
  });
});

describe("transparent retries", () => {
  it("repeat once what was refused, at once, and count it nowhere", async () => {
    const bench = openBench(serveAnswers(refuse, succeed));
    await bench.client.unary({});
    expect(attemptsSeen(bench.server)).toEqual([undefined, undefined]);
    expect(bench.recorder.events).toEqual(["1 first", "1 ended 14", "1 transparent", "1 ended 0"]);
  });

  it("leave a second refusal to the policy, or to the caller", async () => {
    const bench = openBench(serveAnswers(refuse, refuse, succeed), retrying);
    const call = bench.client.unary({});
    await afterFailures(bench, 2);
    await call;
    expect(attemptsSeen(bench.server)).toEqual([undefined, undefined, "1"]);
    const plain = openBench(serveAnswers(refuse));
    await failureOf(plain.client.unary({}));
    expect(plain.server.streams).toHaveLength(2);
  });
});

describe("memory", () => {
  it("calls above the limit of one call are not retried", async () => {
    const bench = openBench(serveAnswers(unavailable), {
      ...retrying,
      retryLimits: { bufferBytesPerCall: 100 },
    });
    await failureOf(bench.client.unary({ text: "x".repeat(200) }));
    expect(bench.server.streams).toHaveLength(1);
  });

  it("nor those above the limit of all calls, until there is room again", async () => {
    const bench = openBench(serveAnswers(beSilent, unavailable, unavailable, succeed), {
      ...retrying,
      retryLimits: { bufferBytes: 250 },
    });
    const controller = new AbortController();
    const first = failureOf(
      bench.client.unary({ text: "x".repeat(200) }, { signal: controller.signal }),
    );
    await until(() => bench.server.streams.length === 1);
    await failureOf(bench.client.unary({ text: "x".repeat(200) }));
    expect(bench.server.streams).toHaveLength(2);
    controller.abort();
    await first;
    const call = bench.client.unary({ text: "x".repeat(200) });
    await afterFailures(bench, 3);
    await call;
    expect(bench.channel.calls.retries.space.usedBytes).toBe(0);
  });
});
