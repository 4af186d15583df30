// Hedging (gRFC A6): attempts beside each other, the first good answer ends the others.
import { Code } from "@trunkline/core";
import { afterEach, describe, expect, it } from "vitest";
import type { ChannelOptions, HedgingPolicyJson } from "../src/index.js";
import { closeAll } from "./connected-client.js";
import {
  afterFailures,
  attemptsSeen,
  beSilent,
  configOf,
  fail,
  openBench,
  serveAnswers,
  succeed,
  until,
} from "./retry-bench.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

const policy: HedgingPolicyJson = {
  maxAttempts: 4,
  hedgingDelay: "0.1s",
  nonFatalStatusCodes: ["UNAVAILABLE"],
};
const hedging: ChannelOptions = { serviceConfig: configOf({ hedgingPolicy: policy }) };
const unavailable = fail(Code.UNAVAILABLE, "busy");

describe("hedging", () => {
  it("sends another attempt after each delay, and cancels the others at the first answer", async () => {
    const bench = openBench(serveAnswers(beSilent, beSilent, succeed), hedging);
    const call = bench.client.unary({ text: "a" });
    await until(() => bench.server.streams.length === 1);
    bench.clock.advance(99);
    expect(bench.recorder.events).toEqual(["1 first"]);
    bench.clock.advance(1);
    await until(() => bench.server.streams.length === 2);
    bench.clock.advance(100);
    await call;
    await until(() => bench.server.streams.every(({ reset }, i) => i === 2 || reset?.code === 8));
    expect(attemptsSeen(bench.server)).toEqual([undefined, "1", "2"]);
    expect(bench.recorder.events).toEqual([
      "1 first",
      "2 hedge",
      "3 hedge",
      "1 ended 1",
      "2 ended 1",
      "3 ended 0",
    ]);
    bench.clock.advance(1000);
    expect(bench.server.streams).toHaveLength(3);
    expect(bench.channel.calls.retries.space.usedBytes).toBe(0);
  });

  it("sends all at once without a delay", async () => {
    const bench = openBench(serveAnswers(beSilent, beSilent, beSilent, succeed), {
      serviceConfig: configOf({ hedgingPolicy: { maxAttempts: 4 } }),
    });
    await bench.client.unary({});
    expect(bench.server.streams).toHaveLength(4);
  });

  it("sends the next one at once when one fails that is not fatal", async () => {
    const bench = openBench(serveAnswers(unavailable, succeed), hedging);
    await bench.client.unary({});
    expect(attemptsSeen(bench.server)).toEqual([undefined, "1"]);
  });

  it("fails when all have failed", async () => {
    const bench = openBench(serveAnswers(unavailable), hedging);
    const error = await failureOf(bench.client.unary({}));
    expect(error.message).toMatch(
      /^busy \(4 attempts .*; no further attempt: 4 attempts are the most\)$/,
    );
  });

  it("fails at once with a fatal code, and cancels the others", async () => {
    const bench = openBench(serveAnswers(beSilent, fail(Code.INTERNAL, "broken")), hedging);
    const failure = failureOf(bench.client.unary({}));
    await until(() => bench.server.streams.length === 1);
    bench.clock.advance(100);
    expect((await failure).message).toMatch(/^broken \(2 attempts .*: INTERNAL is fatal\)$/);
    await until(() => bench.server.streams[0]?.reset?.code === 8);
  });

  it("pushback delays the next one, or means that there is none", async () => {
    const later = fail(14, "busy", "grpc-retry-pushback-ms", "500");
    const bench = openBench(serveAnswers(later, succeed), hedging);
    const call = bench.client.unary({});
    await afterFailures(bench, 1, 499);
    expect(bench.recorder.events).toEqual(["1 first", "1 ended 14"]);
    bench.clock.advance(1);
    await call;
    const never = fail(14, "busy", "grpc-retry-pushback-ms", "-1");
    const refused = openBench(serveAnswers(never), hedging);
    expect((await failureOf(refused.client.unary({}))).message).toContain("the server said not to");
    expect(refused.server.streams).toHaveLength(1);
  });

  it("does not hang when hedges are throttled (grpc-java 7222)", async () => {
    const serviceConfig = configOf({ hedgingPolicy: policy }, { maxTokens: 2, tokenRatio: 1 });
    const bench = openBench(serveAnswers(unavailable), { serviceConfig });
    expect((await failureOf(bench.client.unary({}))).message).toContain(
      "hedges are throttled: 1 of 2",
    );
    expect(bench.server.streams).toHaveLength(1);
  });

  it("a deadline ends all of them", async () => {
    const bench = openBench(serveAnswers(beSilent), hedging);
    const failure = failureOf(bench.client.unary({}, { timeoutMs: 150 }));
    await until(() => bench.server.streams.length === 1);
    bench.clock.advance(100);
    await until(() => bench.server.streams.length === 2);
    bench.clock.advance(60);
    const error = await failure;
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    await until(() => bench.server.streams.every(({ reset }) => reset?.code === 8));
    expect(bench.clock.holding).toBe(0);
  });

  it("streams of requests go to all of them, and only to the first that answers afterwards", async () => {
    const bench = openBench(serveAnswers(beSilent), hedging);
    const call = bench.client.chat.open();
    await call.send({ text: "a" });
    await until(
      () => bench.server.streams[0]?.body.length !== 0 && bench.server.streams.length === 1,
    );
    bench.clock.advance(100);
    await call.send({ text: "b" });
    await until(() => bench.server.streams.length === 2);
    await until(() => bench.server.streams.every(({ body }) => body.toString().includes("b")));
    const [first, second] = bench.server.streams;
    expect(second?.body).toEqual(first?.body);
    second?.head();
    await call.headers;
    await call.send({ text: "c" });
    await until(() => second?.body.toString().includes("c") === true);
    await until(() => first?.reset?.code === 8);
    expect(first?.body.toString()).not.toContain("c");
    second?.trailers();
    expect((await call.messages.next()).done).toBe(true);
  });

  it("requests beyond the limit leave one attempt alone", async () => {
    const bench = openBench(serveAnswers(beSilent), {
      ...hedging,
      retryLimits: { bufferBytesPerCall: 100 },
    });
    const call = bench.client.chat.open();
    await call.send({ text: "a" });
    await until(() => bench.server.streams.length === 1);
    bench.clock.advance(100);
    await until(() => bench.server.streams.length === 2);
    await call.send({ text: "x".repeat(200) });
    await until(() => bench.server.streams.some(({ reset }) => reset?.code === 8));
    bench.clock.advance(1000);
    expect(bench.server.streams).toHaveLength(2);
    expect(bench.channel.calls.retries.space.usedBytes).toBe(0);
    call.cancel();
  });
});
