// What observers of a channel are told of calls and their attempts: ended well, failed, given up, waiting, repeated.
import { Code, type ObservedMessage, silentLog } from "@trunkline/core";
import { afterEach, expect, test, vi } from "vitest";
import type {
  AttemptRecord,
  CallObserver,
  ChannelOptions,
  ClientCallRecord,
} from "../src/index.js";
import { closeAll, connect } from "./connected-client.js";
import {
  beSilent,
  configOf,
  fail,
  openBench,
  policy,
  refuse,
  serveAnswers,
  succeed,
} from "./retry-bench.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

/** Keeps what it is told, in words. */
class Recorder implements CallObserver {
  readonly told: string[] = [];
  readonly calls: ClientCallRecord[] = [];
  readonly attempts: AttemptRecord[] = [];

  callStarted(call: ClientCallRecord): void {
    this.told.push(`call ${call.path}`);
    this.calls.push(call);
  }

  nameResolved(): void {
    this.told.push("name resolved");
  }

  attemptStarted(attempt: AttemptRecord): void {
    this.told.push(`attempt ${attempt.number} ${attempt.kind} ${attempt.address}`);
    this.attempts.push(attempt);
  }

  requestStarted(attempt: AttemptRecord): void {
    this.told.push(`request ${attempt.waitedForPick ? "delayed" : "at once"}`);
  }

  attemptEnded({ code }: AttemptRecord): void {
    this.told.push(`attempt ended ${code}`);
  }

  callEnded({ code }: ClientCallRecord): void {
    this.told.push(`call ended ${code}`);
  }
}

const retrying: ChannelOptions = { serviceConfig: configOf({ retryPolicy: policy }) };

test("a call that waits for its first connection, and one that does not", async () => {
  const observer = new Recorder();
  const bench = openBench(serveAnswers(succeed), { observers: [observer] });
  await bench.client.unary({ text: "abc" });
  expect(observer.told).toEqual([
    "call /trunkline.test.v1.TestService/Unary",
    "name resolved",
    "attempt 1 first undefined",
    "request delayed",
    "attempt ended 0",
    "call ended 0",
  ]);
  observer.told.length = 0;
  await bench.client.unary({ text: "abc" }, { timeoutMs: 5000, metadata: { "x-a": "1" } });
  expect(observer.told.slice(1, 3)).toEqual(["attempt 1 first undefined", "request at once"]);
  const [, attempt] = observer.attempts;
  expect(attempt).toMatchObject({
    sentMessages: 1,
    sentBytes: 5,
    sentWireBytes: 5,
    receivedMessages: 1,
    receivedBytes: 7,
    isCancelled: false,
    address: expect.stringContaining("server:1"),
  });
  expect(attempt!.timeoutMs).toBeLessThanOrEqual(5000);
  expect(attempt!.requestMetadata.get("x-a")).toBe("1");
  expect(observer.calls[1]).toMatchObject({ sentMessages: 1, receivedMessages: 1, retries: 0 });
  expect(observer.calls[1]!.durationMs).toBeGreaterThan(0);
});

test("attempts of a policy, and those that nobody had acted on, count with their call", async () => {
  const observer = new Recorder();
  const bench = openBench(serveAnswers(refuse, fail(Code.UNAVAILABLE), succeed), {
    ...retrying,
    observers: [observer],
  });
  bench.recorder.events.length = 0;
  const answer = bench.client.unary({});
  await vi.waitFor(() => expect(observer.told).toContain("attempt ended 14"));
  await vi.waitFor(() =>
    expect(observer.attempts.filter(({ endedMs }) => endedMs)).toHaveLength(2),
  );
  bench.clock.advance(1000);
  await answer;
  const [call] = observer.calls;
  expect(observer.attempts.map(({ number, kind }) => `${number} ${kind}`)).toEqual([
    "1 first",
    "1 transparent",
    "2 retry",
  ]);
  expect(call).toMatchObject({ retries: 1, transparentRetries: 1, hedges: 0, code: Code.OK });
  expect(call!.retryDelayMs).toBeGreaterThan(50);
  expect(call!.attempt).toBe(observer.attempts[2]);
});

test("calls that are given up, and calls that find no connection", async () => {
  const observer = new Recorder();
  const bench = openBench(serveAnswers(beSilent), { observers: [observer] });
  const abort = new AbortController();
  const failed = failureOf(bench.client.unary({}, { signal: abort.signal }));
  await vi.waitFor(() => expect(observer.told).toContain("request delayed"));
  abort.abort();
  expect((await failed).code).toBe(Code.CANCELLED);
  expect(observer.attempts[0]).toMatchObject({ isCancelled: true, code: Code.CANCELLED });
  const alone = new Recorder();
  const { client } = connect("nowhere:1", {
    connect: () => Promise.reject(new Error("no way")),
    observers: [alone],
    log: silentLog,
  });
  expect((await failureOf(client.unary({}))).code).toBe(Code.UNAVAILABLE);
  expect(alone.told.slice(2)).toEqual([
    "attempt 1 first undefined",
    "attempt ended 14",
    "call ended 14",
  ]);
});

test("metadata of an attempt's own is sent, and the caller's stays as it was", async () => {
  const server = serveAnswers(refuse, succeed);
  const seen: unknown[] = [];
  const bench = openBench(server, {
    observers: [
      {
        attemptStarted: (attempt) => attempt.setMetadata("traceparent", `of ${attempt.kind}`),
        callEnded: ({ metadata }) => seen.push(metadata?.get("traceparent")),
      },
    ],
  });
  await bench.client.unary({}, { metadata: { traceparent: "old" } });
  expect(server.streams.map((stream) => stream.header("traceparent"))).toEqual([
    "of first",
    "of transparent",
  ]);
  expect(seen).toEqual(["old"]);
});

test("single messages, heads, trailers and the half close, for those who ask", async () => {
  const told: string[] = [];
  const word = ({ bytes }: ObservedMessage): string => Buffer.from(bytes).toString("hex");
  const bench = openBench(serveAnswers(succeed), {
    observers: [
      {
        messageSent: ({ sentMessages }, message) =>
          told.push(`out ${sentMessages} ${word(message)}`),
        requestsEnded: () => told.push("half closed"),
        responseStarted: ({ responseHeaders }) => told.push(`head ${[...responseHeaders].length}`),
        messageReceived: (_, message) => told.push(`in ${word(message)}`),
        attemptEnded: ({ trailerFields }) => told.push(`trailers ${trailerFields}`),
      },
    ],
  });
  await bench.client.unary({ text: "a" });
  expect(told).toEqual([
    "out 1 0a0161",
    "half closed",
    "head 0",
    "in 0a0568656c6c6f",
    "trailers grpc-status,0",
  ]);
});

test("an observer that throws breaks nothing, and is told of once", async () => {
  const log = { ...silentLog, error: vi.fn() };
  const broken = (): never => {
    throw new Error("broken");
  };
  const bench = openBench(serveAnswers(succeed), {
    log,
    observers: [{ callStarted: broken, attemptStarted: broken, attemptEnded: broken }],
  });
  expect((await bench.client.unary({})).text).toBe("hello");
  expect(log.error).toHaveBeenCalledTimes(1);
});
