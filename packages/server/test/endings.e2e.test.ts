// How calls end before their time: deadline, cancellation, lost connection, shutdown; and that nothing is left.
import { Code, type RpcError, sharedDeadlineWheel, silentLog } from "@trunkline/core";
import { afterEach, expect, test, vi } from "vitest";
import type { ServiceImplementation } from "../src/dispatch/handlers.js";
import type { ServerCall } from "../src/dispatch/server-call.js";
import { createServer } from "../src/server.js";
import { Gate } from "./gate.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { presentServer, startPair, stopPairs } from "./pair.js";
import { connectInMemory } from "./raw-client.js";

const { unary, download, upload, chat } = TestService.method;
afterEach(async () => {
  await stopPairs();
  expect(sharedDeadlineWheel().size).toBe(0);
});

/** Settles with the reason for which the call's signal was aborted. */
function aborted({ signal }: ServerCall): Promise<RpcError> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

const never = new Promise<never>(() => {});

test.each([
  ["a handler that never answers", { unary: () => never }, unary],
  [
    "a generator that never yields",
    {
      download: async function* () {
        yield await never;
      },
    },
    download,
  ],
  ["a sum of requests that never come", { upload: () => never }, upload],
  [
    "a conversation in silence",
    {
      async *chat(requests) {
        for await (const { text } of requests) yield { text };
      },
    },
    chat,
  ],
] as [string, ServiceImplementation<typeof TestService>, typeof unary][])(
  "the deadline ends %s, never early and at most 5 ms late",
  async (_name, implementation, method) => {
    const calls = startPair(implementation);
    const lateness: number[] = [];
    for (let i = 0; i < 5; i++) {
      const call = calls.open(method, { headers: { "grpc-timeout": "40m" } });
      call.send({});
      const begun = performance.now();
      const { code, message } = await call.outcome;
      lateness.push(performance.now() - begun - 40);
      expect([code, message]).toEqual([
        Code.DEADLINE_EXCEEDED,
        "deadline exceeded: the call had 40 ms",
      ]);
    }
    // The best of five: this machine may be busy with something else.
    expect(Math.min(...lateness)).toBeLessThan(5);
    // The call begins a little after the client has begun to wait.
    expect(Math.min(...lateness)).toBeGreaterThan(-1);
    await vi.waitFor(() => expect(calls.engine.activeStreams).toBe(0));
  },
);

test("the deadline aborts the signal, ends the requests and returns the generator", async () => {
  let reason: Promise<RpcError> | undefined;
  const returned = vi.fn();
  let thrown: unknown;
  const calls = startPair({
    async *chat(requests, call) {
      reason = aborted(call);
      expect(call.timeRemainingMs()).toBeLessThanOrEqual(50);
      expect(call.deadline).toBeGreaterThan(Date.now() - 1000);
      try {
        for await (const { text } of requests) yield { text };
      } catch (error) {
        thrown = error;
        throw error;
      } finally {
        returned();
      }
    },
  });
  const call = calls.open(chat, { headers: { "grpc-timeout": "50m" } });
  call.send({ text: "a" });
  const { code, messages } = await call.outcome;
  expect([code, messages.length]).toEqual([Code.DEADLINE_EXCEEDED, 1]);
  expect((await reason)?.code).toBe(Code.DEADLINE_EXCEEDED);
  await vi.waitFor(() => expect(returned).toHaveBeenCalledOnce());
  expect((thrown as RpcError).code).toBe(Code.DEADLINE_EXCEEDED);
});

test("an answer after the deadline is dropped, be it a value or an exception", async () => {
  const error = vi.fn();
  let settle: (() => void)[] = [];
  const calls = startPair(
    {
      unary: ({ text }) =>
        new Promise((resolve, reject) => {
          settle.push(() => (text === "late" ? resolve({}) : reject(new Error("late"))));
        }),
    },
    { log: { ...silentLog, error } },
  );
  const headers = { "grpc-timeout": "10m" };
  for (const text of ["late", "broken"]) {
    const { code } = await calls.call(unary, [{ text }], { headers });
    expect(code).toBe(Code.DEADLINE_EXCEEDED);
  }
  for (const action of settle) action();
  settle = [];
  expect((await calls.call(unary, [{}], { headers })).code).toBe(Code.DEADLINE_EXCEEDED);
  expect(error).not.toHaveBeenCalled();
});

test("a deadline that has passed already: the handler is not called", async () => {
  const handler = vi.fn(() => ({}));
  const calls = startPair({ unary: handler });
  const { code } = await calls.call(unary, [{}], { headers: { "grpc-timeout": "0n" } });
  expect(code).toBe(Code.DEADLINE_EXCEEDED);
  expect(handler).not.toHaveBeenCalled();
});

test("a deadline of 30 days and more does no harm", async () => {
  const calls = startPair({
    unary: (_request, call) => ({ text: String(call.timeRemainingMs()) }),
  });
  for (const [timeout, ms] of [
    ["2592000S", 2_592_000_000],
    ["99999999H", 359_999_996_400_000],
  ] as const) {
    const { code, messages } = await calls.call(unary, [{}], {
      headers: { "grpc-timeout": timeout },
    });
    expect(code).toBe(0);
    expect(Number(messages[0]?.text)).toBeGreaterThan(ms - 10_000);
  }
});

test.each(["5", "S", "5 S", "-5S", "abc5Sxyz", "123456789S", "5x", ""])(
  "the timeout %j is refused",
  async (timeout) => {
    const calls = startPair({ unary: () => ({}) });
    const { code, message } = await calls.call(unary, [{}], {
      headers: { "grpc-timeout": timeout },
    });
    expect(code).toBe(Code.INTERNAL);
    expect(message).toContain("grpc-timeout");
  },
);

test("RST_STREAM aborts the signal, throws from the requests and returns the generator", async () => {
  let reason: Promise<RpcError> | undefined;
  const ended = vi.fn();
  const calls = startPair({
    async *chat(requests, call) {
      reason = aborted(call);
      try {
        for await (const { text } of requests) yield { text };
      } catch (error) {
        ended((error as RpcError).code);
        throw error;
      }
    },
  });
  const call = calls.open(chat);
  call.send({ text: "a" });
  await call.received(1);
  call.cancel();
  expect(await reason).toMatchObject({ code: Code.CANCELLED });
  await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(Code.CANCELLED));
});

test("a lost connection cancels every call on it", async () => {
  const reasons: Promise<RpcError>[] = [];
  const returned = vi.fn();
  const calls = startPair({
    unary: (_request, call) => {
      reasons.push(aborted(call));
      return never;
    },
    download: (_request, call) => {
      reasons.push(aborted(call));
      return { [Symbol.asyncIterator]: () => ({ next: () => never, return: returned }) };
    },
  });
  calls.open(unary).sendBytes(new Uint8Array(5), true);
  calls.open(download).sendBytes(new Uint8Array(5), true);
  await vi.waitFor(() => expect(reasons).toHaveLength(2));
  calls.close();
  for (const { code, message } of await Promise.all(reasons)) {
    expect(code).toBe(Code.CANCELLED);
    expect(message).toContain("cut off");
  }
  expect(returned).toHaveBeenCalledOnce();
});

test("a signal that is looked at after the end is aborted", async () => {
  const gate = new Gate();
  const seen = vi.fn();
  const calls = startPair({
    async unary(_request, call) {
      await gate.wait();
      seen(call.signal.aborted, (call.signal.reason as RpcError).code);
      return {};
    },
  });
  const call = calls.open(unary);
  call.sendBytes(new Uint8Array(5), true);
  await gate.entered;
  call.cancel();
  // The answer to a second call comes after the reset of the first has been heard.
  await calls.call(download, [{}]);
  gate.open();
  await vi.waitFor(() => expect(seen).toHaveBeenCalledWith(true, Code.CANCELLED));
});

test("a handler that leaves its requests early reads no more, and nothing is held up", async () => {
  const calls = startPair({
    async *chat(requests) {
      for await (const { text } of requests) {
        if (text === "stop") break;
      }
      yield { text: "one" };
      await never;
    },
  });
  const call = calls.open(chat);
  call.send({ text: "stop" });
  await call.received(1);
  for (let i = 0; i < 64; i++) call.send({ text: "x".repeat(65_536) });
  const other = calls.open(chat);
  other.send({ text: "stop" });
  await other.received(1);
  call.cancel();
  other.cancel();
});

test("requests push back: no more is taken than the window while the handler does not read", async () => {
  const gate = new Gate();
  let taken = 0;
  const calls = startPair(
    {
      async upload(requests) {
        await gate.wait();
        for await (const { chunk } of requests) taken += chunk.length;
        return {};
      },
    },
    { streamWindowBytes: 65_536 },
  );
  const call = calls.open(upload);
  const chunk = new Uint8Array(10_000);
  for (let i = 0; i < 100; i++) call.send({ chunk });
  call.end();
  await gate.entered;
  await calls.call(unary, [{}]);
  expect(calls.engine.activeStreams).toBe(1);
  gate.open();
  expect((await call.outcome).code).toBe(0);
  expect(taken).toBe(1_000_000);
});

test("tiny requests are not decoded ahead of the handler without bound", async () => {
  const gate = new Gate();
  let count = 0;
  const calls = startPair({
    async upload(requests) {
      await gate.wait();
      for await (const _ of requests) count++;
      return { count };
    },
  });
  const call = calls.open(upload);
  for (let i = 0; i < 20_000; i++) call.sendBytes(new Uint8Array(5));
  call.end();
  await calls.call(unary, [{}]);
  gate.open();
  const { messages } = await call.outcome;
  expect([messages[0]?.count, count]).toEqual([20_000, 20_000]);
});

test("responses push back: the generator waits for the client", async () => {
  let pulled = 0;
  const calls = startPair({
    async *download() {
      for (;;) {
        pulled++;
        yield { payload: new Uint8Array(10_000) };
      }
    },
  });
  const call = calls.open(download, { manualCredit: true });
  call.sendBytes(new Uint8Array(5), true);
  // The client's window is 1 MiB, and what may be queued behind it is bounded.
  await vi.waitFor(() => expect(call.unread).toBeGreaterThan(1_000_000));
  await calls.call(unary, [{}]);
  const before = pulled;
  await calls.call(unary, [{}]);
  expect(pulled).toBe(before);
  expect(pulled).toBeLessThan(130);
  call.consume();
  await vi.waitFor(() => expect(pulled).toBeGreaterThan(before));
  call.cancel();
});

test("the deadline also ends a stream that the client does not read", async () => {
  const returned = vi.fn();
  const calls = startPair({
    async *download() {
      try {
        for (;;) yield { payload: new Uint8Array(10_000) };
      } finally {
        returned();
      }
    },
  });
  const call = calls.open(download, { manualCredit: true, headers: { "grpc-timeout": "80m" } });
  call.sendBytes(new Uint8Array(5), true);
  expect((await call.outcome).reset).toMatchObject({ code: 8, source: "peer" });
  await vi.waitFor(() => expect(returned).toHaveBeenCalledOnce());
});

test("an array of responses is pulled with back-pressure as well", async () => {
  let pulled = 0;
  const calls = startPair({
    download: function* () {
      for (;;) {
        pulled++;
        yield { payload: new Uint8Array(10_000) };
      }
    },
  });
  const call = calls.open(download, { manualCredit: true });
  call.sendBytes(new Uint8Array(5), true);
  await vi.waitFor(() => expect(call.unread).toBeGreaterThan(1_000_000));
  expect(pulled).toBeLessThan(130);
  call.cancel();
});

test("handlers count until they have finished: a client that resets cannot pile them up", async () => {
  let running = 0;
  const calls = startPair(
    {
      unary: () => {
        running++;
        return never;
      },
    },
    { maxConcurrentStreams: 3 },
  );
  for (let i = 0; i < 3; i++) {
    const call = calls.open(unary);
    call.sendBytes(new Uint8Array(5), true);
    await vi.waitFor(() => expect(running).toBe(i + 1));
    call.cancel();
  }
  const { reset } = await calls.call(unary, [{}]);
  expect(reset).toMatchObject({ code: 7, unprocessed: true });
  expect(running).toBe(3);
});

test("shutdown lets running calls finish and admits no new ones", async () => {
  const gate = new Gate();
  const calls = startPair({ unary: () => gate.wait().then(() => ({ text: "done" })) });
  const call = calls.open(unary);
  call.sendBytes(new Uint8Array(5), true);
  await gate.entered;
  const end = presentServer().shutdown({ graceMs: 10_000 });
  await vi.waitFor(() => expect(calls.engine.isDraining).toBe(true));
  gate.open();
  expect((await call.outcome).messages[0]?.text).toBe("done");
  await end;
  await calls.closed;
  expect(() => connectInMemory(presentServer())).toThrow("shut down");
  await expect(presentServer().listen()).rejects.toThrow("shut down");
});

test("shutdown cuts off what is left after the grace, and settles for everybody", async () => {
  let reason: Promise<RpcError> | undefined;
  const calls = startPair({
    unary: (_request, call) => {
      reason = aborted(call);
      return never;
    },
  });
  const call = calls.open(unary);
  call.sendBytes(new Uint8Array(5), true);
  await vi.waitFor(() => expect(reason).toBeDefined());
  const ends = [
    presentServer().shutdown({ graceMs: 60_000 }),
    presentServer().shutdown({ graceMs: 20 }),
  ];
  await Promise.all(ends);
  expect((await reason)?.code).toBe(Code.CANCELLED);
  expect((await call.outcome).reset).toBeDefined();
  await presentServer().shutdown();
});

test("a server is disposed of by `await using`", async () => {
  const used = createServer();
  await used.listen();
  await used[Symbol.asyncDispose]();
  await expect(used.listen()).rejects.toThrow("shut down");
});
