// Concurrency limits and load shedding on a real server: slots of calls of all kinds, and a handler that blocks the event loop.
import { Code } from "@trunkline/core";
import { Health } from "@trunkline/core/health";
import { afterEach, expect, test } from "vitest";
import { byMethod } from "../src/limits/call-key.js";
import { concurrencyLimit } from "../src/limits/concurrency-limit.js";
import { shedLoad } from "../src/limits/load-shedding.js";
import { Gate } from "./gate.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { presentServer, startPair, stopPairs } from "./pair.js";

afterEach(stopPairs);

const { unary, chat, download, upload } = TestService.method;

test("a slot is taken until the stream is over, and calls that wait come in then", async () => {
  const limit = concurrencyLimit({ max: 1, key: byMethod(), maxWaiting: 1 });
  const calls = startPair(
    {
      unary: ({ text }) => ({ text }),
      async *chat(requests) {
        for await (const { text } of requests) yield { text };
      },
    },
    { interceptors: [limit] },
  );
  const stream = calls.open(chat);
  stream.send({ text: "a" });
  await stream.received(1);
  expect((await calls.call(unary, [{ text: "x" }])).code).toBe(Code.OK);
  expect(limit.figures()).toEqual({ running: 1, waiting: 0, refused: 0 });
  const waiting = calls.call(chat, [{ text: "b" }]);
  const refused = await calls.call(chat, [{ text: "c" }]);
  expect(refused.code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(refused.head["grpc-message"] ?? refused.trailers["grpc-message"]).toMatch(
    /1 calls of \/trunkline\.test\.v1\.TestService\/Chat are under way/,
  );
  stream.end();
  expect((await waiting).messages[0]?.text).toBe("b");
  expect(limit.figures()).toEqual({ running: 0, waiting: 0, refused: 1 });
});

test("slots come back whatever becomes of the calls", async () => {
  const limit = concurrencyLimit({ max: 3 });
  const gate = new Gate();
  const calls = startPair(
    {
      unary: () => Promise.reject(new Error("no")),
      async upload(requests) {
        for await (const _ of requests) await gate.wait();
        return {};
      },
      async *download(_, call) {
        yield {};
        await new Promise((resolve) => call.signal.addEventListener("abort", resolve));
      },
    },
    { interceptors: [limit] },
  );
  for (let i = 0; i < 20; i++) {
    expect((await calls.call(unary, [{}])).code).toBe(Code.UNKNOWN);
    const endless = calls.open(download);
    endless.send({});
    endless.end();
    await endless.received(1);
    endless.cancel();
  }
  const stuck = calls.open(upload);
  stuck.send({});
  await gate.entered;
  stuck.cancel();
  await calls.call(unary, [{}]);
  expect(limit.figures().running).toBe(1);
  gate.open();
  await calls.call(unary, [{}]);
  expect(limit.figures()).toEqual({ running: 0, waiting: 0, refused: 0 });
});

test("a server whose event loop is held up refuses calls, health never", async () => {
  const shedding = shedLoad({ targetDelayMs: 5, intervalMs: 30 });
  const calls = startPair(
    {
      unary() {
        const end = performance.now() + 15;
        while (performance.now() < end);
        return {};
      },
    },
    { interceptors: [shedding] },
  );
  presentServer().addService(Health, { check: () => ({ status: 1 }) });
  let refused = 0;
  for (let round = 0; round < 100 && refused < 5; round++) {
    const batch = Array.from({ length: 4 }, () => calls.call(unary, [{}]));
    const checks = Array.from({ length: 4 }, () => calls.call(Health.method.check, [{}]));
    for (const { code } of await Promise.all(checks)) expect(code).toBe(Code.OK);
    for (const { code } of await Promise.all(batch)) {
      if (code === Code.UNAVAILABLE) refused++;
      else expect(code).toBe(Code.OK);
    }
  }
  expect(refused).toBeGreaterThanOrEqual(5);
  expect(shedding.figures().refused).toBe(refused);
});
