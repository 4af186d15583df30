// Retries of streams before the first response: what was sent is sent again, in order, and kept no longer than needed.
import type { Duplex } from "node:stream";
import { Code, MessagePipe } from "@trunkline/core";
import { afterEach, describe, expect, it } from "vitest";
import type { ChannelOptions } from "../src/index.js";
import { closeAll, connect, serve } from "./connected-client.js";
import type { RawServer, RawStream } from "./raw-server.js";
import {
  type Answer,
  afterFailures,
  attemptsSeen,
  type Bench,
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
const empty = new Uint8Array(0);
const answer: Answer = (stream) => stream.head().message(empty).trailers();
const chunk = (text: string): { chunk: Uint8Array } => ({ chunk: Buffer.from(text) });

/** The n-th stream gets the n-th answer as soon as so many bytes have come. */
function serveEarly(bytes: number, ...answers: Answer[]): RawServer {
  const answered = new WeakSet<RawStream>();
  return serve((stream, server) => {
    if (stream.body.length >= bytes && stream.reset === undefined && !answered.has(stream)) {
      answered.add(stream);
      answers[Math.min(server.streams.indexOf(stream), answers.length - 1)]?.(stream);
    }
  });
}

/** The text in what a stream has received, without envelopes and tags. */
function textOf(stream: RawStream | undefined): string {
  return Buffer.from(stream?.body ?? [])
    .toString("latin1")
    .replace(/[^a-z]/g, "");
}

function usedBytes({ channel }: Bench): number {
  return channel.calls.retries.space.usedBytes;
}

describe("client streaming", () => {
  it("replays all requests in order", async () => {
    const bench = openBench(serveAnswers(unavailable, unavailable, answer), retrying);
    const call = bench.client.upload([chunk("a"), chunk("b"), chunk("c")]);
    await afterFailures(bench, 1);
    await afterFailures(bench, 2);
    await call;
    expect(bench.server.streams.map(textOf)).toEqual(["abc", "abc", "abc"]);
    expect(attemptsSeen(bench.server)).toEqual([undefined, "1", "2"]);
    expect(usedBytes(bench)).toBe(0);
  });

  it("goes on with what the application sends meanwhile", async () => {
    const bench = openBench(serveEarly(1, unavailable, beSilent), retrying);
    const call = bench.client.upload.open();
    await call.send(chunk("a"));
    await afterFailures(bench, 1, 0);
    void call.send(chunk("b"));
    void call.send(chunk("c"));
    call.closeSend();
    bench.clock.advance(1200);
    await until(() => bench.server.streams[1]?.isEnded === true);
    expect(textOf(bench.server.streams[1])).toBe("abc");
    bench.server.streams[1]?.head().message(empty).trailers();
    await call.response;
  });

  it("takes the requests once, and tells their source when the call ends", async () => {
    let [taken, isClosed] = [0, false];
    async function* requests(): AsyncGenerator<{ chunk: Uint8Array }> {
      try {
        for (; taken < 3; taken++) yield chunk("x");
        await new Promise(() => {});
      } finally {
        isClosed = true;
      }
    }
    const bench = openBench(serveEarly(24, unavailable, fail(Code.INTERNAL, "broken")), retrying);
    const failure = failureOf(bench.client.upload(requests()));
    await afterFailures(bench, 1);
    const error = await failure;
    expect(error.message).toMatch(
      /^broken \(2 attempts .*no further attempt: INTERNAL is not retried/,
    );
    expect([taken, textOf(bench.server.streams[1])]).toEqual([3, "xxx"]);
    expect(isClosed).toBe(false);
  });

  it("is committed when its requests go beyond the limit, and says so", async () => {
    const server = serveEarly(300, fail(Code.UNAVAILABLE, "down"));
    const bench = openBench(server, { ...retrying, retryLimits: { bufferBytesPerCall: 100 } });
    const pipe = new MessagePipe<{ chunk: Uint8Array }>();
    const failure = failureOf(bench.client.upload(pipe));
    for (let i = 0; i < 4; i++) await pipe.send(chunk("x".repeat(80)));
    const error = await failure;
    expect(error.message).toMatch(
      /no further attempt: its requests exceed the 100 bytes that a call may keep for retries \(retryLimits.bufferBytesPerCall\)\)$/,
    );
    expect(usedBytes(bench)).toBe(0);
    expect(server.streams).toHaveLength(1);
  });

  it("keeps nothing once the response has begun", async () => {
    const bench = openBench(
      serveEarly(1, (stream) => stream.head()),
      retrying,
    );
    const call = bench.client.chat.open();
    await call.send({ text: "x".repeat(1000) });
    await call.headers;
    expect(usedBytes(bench)).toBe(0);
    for (let i = 0; i < 500; i++) await call.send({ text: "y".repeat(1000) });
    expect(usedBytes(bench)).toBe(0);
    await until(() => (bench.server.streams[0]?.body.length ?? 0) > 501_000);
    call.cancel();
  });

  it("replays more than the windows hold, and then goes on", async () => {
    const bench = openBench(serveEarly(150_000, unavailable, beSilent), retrying);
    const pipe = new MessagePipe<{ chunk: Uint8Array }>();
    const call = bench.client.upload(pipe);
    for (let i = 0; i < 10; i++) await pipe.send({ chunk: new Uint8Array(20_000).fill(97 + i) });
    await afterFailures(bench, 1);
    await pipe.send(chunk("zz"));
    pipe.closeSend();
    await until(() => bench.server.streams[1]?.isEnded === true);
    const letters = [..."abcdefghij"].map((letter) => letter.repeat(20_000)).join("");
    expect(textOf(bench.server.streams[1])).toContain(letters.slice(0, 20_000));
    expect(bench.server.streams[1]?.body.length).toBeGreaterThan(200_000);
    bench.server.streams[1]?.head().message(empty).trailers();
    await call;
    expect(usedBytes(bench)).toBe(0);
  });

  it("is repeated unnoticed when it was refused, without a policy as well", async () => {
    for (const options of [{}, retrying]) {
      const bench = openBench(serveAnswers(refuse, answer), options);
      await bench.client.upload([chunk("a"), chunk("b")]);
      expect(bench.server.streams.map(textOf).at(-1)).toBe("ab");
      expect(attemptsSeen(bench.server)).toEqual([undefined, undefined]);
    }
  });
});

describe("server and bidirectional streaming", () => {
  it("retries while nothing was answered, and not afterwards", async () => {
    const bench = openBench(
      serveAnswers(unavailable, (stream) =>
        stream.head().message(empty).trailers(["grpc-status", "14", "grpc-message", "half way"]),
      ),
      retrying,
    );
    const stream = bench.client.download({ count: 2 });
    const first = stream.next();
    await afterFailures(bench, 1);
    expect((await first).done).toBe(false);
    expect((await failureOf(stream.next())).message).toBe("half way");
    expect(bench.server.streams).toHaveLength(2);
  });

  it("a bidirectional call replays, answers, and goes on", async () => {
    const bench = openBench(serveEarly(1, unavailable, beSilent), retrying);
    const call = bench.client.chat.open();
    await call.send({ text: "a" });
    await afterFailures(bench, 1);
    await until(
      () =>
        bench.server.streams[1]?.body.length !== undefined &&
        textOf(bench.server.streams[1]) === "a",
    );
    bench.server.streams[1]?.head().message(empty);
    expect((await call.messages.next()).value?.text).toBe("");
    await call.send({ text: "b" });
    call.closeSend();
    await until(() => bench.server.streams[1]?.isEnded === true);
    expect(textOf(bench.server.streams[1])).toBe("ab");
    bench.server.streams[1]?.trailers();
    expect((await call.messages.next()).done).toBe(true);
  });

  it("works through interceptors", async () => {
    const bench = openBench(serveAnswers(unavailable, answer), {
      ...retrying,
      interceptors: [(call, next) => next(call)],
    });
    const call = bench.client.upload([chunk("a")]);
    await afterFailures(bench, 1);
    await call;
    expect(bench.server.streams.map(textOf)).toEqual(["a", "a"]);
  });
});

it("what never left is repeated as often as it takes, without a policy", async () => {
  const server = serveAnswers(succeed);
  const dialled: Duplex[] = [];
  const { channel, client } = connect("server:1", {
    connect: async () => {
      const near = await server.dial();
      dialled.push(near);
      return near;
    },
  });
  for (let round = 1; round <= 4; round++) {
    await channel.waitForReady();
    // The connection dies in the very turn in which the calls begin: their heads are still in its buffer.
    const calls = [client.unary({}), client.unary({})];
    dialled.at(-1)?.destroy();
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(["hello", "hello"]);
  }
  expect(dialled).toHaveLength(5);
  expect(server.streams).toHaveLength(8);
});
