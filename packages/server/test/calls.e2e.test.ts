// The four kinds of call over a connection in memory: what comes back, and what is on the wire.
import { Code, silentLog } from "@trunkline/core";
import { afterEach, expect, test, vi } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { startPair, stopPairs } from "./pair.js";
import { envelope } from "./raw-client.js";

afterEach(stopPairs);

const { unary, download, upload, chat } = TestService.method;

test("unary: a plain value, a promise, and a message with everything around it", async () => {
  const calls = startPair({
    unary: ({ text }) =>
      text === "later" ? Promise.resolve({ text: "ok" }) : { text: `${text}!` },
  });
  const now = await calls.call(unary, [{ text: "hello" }]);
  expect(now.messages.map(({ text }) => text)).toEqual(["hello!"]);
  expect(now.head).toEqual({
    ":status": "200",
    "content-type": "application/grpc",
    "grpc-accept-encoding": expect.stringMatching(/^gzip,deflate,br,(zstd,)?identity$/),
  });
  expect(now.trailers).toEqual({ "grpc-status": "0" });
  const later = await calls.call(unary, [{ text: "later" }]);
  expect(later.messages.map(({ text }) => text)).toEqual(["ok"]);
});

test("a class with its own state is an implementation", async () => {
  class Counter {
    #count = 0;
    unary(): { text: string } {
      this.#count++;
      return { text: String(this.#count) };
    }
  }
  const calls = startPair(new Counter());
  await calls.call(unary, [{}]);
  const { messages } = await calls.call(unary, [{}]);
  expect(messages[0]?.text).toBe("2");
});

test("server streaming: an async generator and an array", async () => {
  const calls = startPair({
    download: ({ count, size }) =>
      size > 0
        ? [{ index: 7 }, { index: 8 }]
        : (async function* () {
            for (let index = 0; index < count; index++) yield { index };
          })(),
  });
  const generated = await calls.call(download, [{ count: 2000 }]);
  expect(generated.messages).toHaveLength(2000);
  expect(generated.messages[1999]?.index).toBe(1999);
  expect(generated.code).toBe(0);
  const listed = await calls.call(download, [{ size: 1 }]);
  expect(listed.messages.map(({ index }) => index)).toEqual([7, 8]);
});

test("client streaming: a sum, and an early answer while the client is still sending", async () => {
  const calls = startPair({
    async upload(requests) {
      let count = 0;
      for await (const { chunk } of requests) {
        count++;
        if (chunk.length === 1) break;
      }
      return { count };
    },
  });
  const all = Array.from({ length: 500 }, () => ({ chunk: new Uint8Array(1000) }));
  const sum = await calls.call(upload, all);
  expect(sum.messages[0]?.count).toBe(500);
  const early = calls.open(upload);
  early.send({ chunk: new Uint8Array(1) });
  const { messages, code } = await early.outcome;
  expect([messages[0]?.count, code]).toEqual([1, 0]);
  await vi.waitFor(() => expect(early.reset?.code).toBe(0));
  expect(calls.engine.activeStreams).toBe(0);
});

test("bidi streaming: an answer to each request before the next is sent", async () => {
  const calls = startPair({
    async *chat(requests) {
      for await (const { text } of requests) yield { text: text.toUpperCase() };
    },
  });
  const call = calls.open(chat);
  for (let i = 1; i <= 3; i++) {
    call.send({ text: `m${i}` });
    await call.received(i);
  }
  call.end();
  const { messages, code } = await call.outcome;
  expect(messages.map(({ text }) => text)).toEqual(["M1", "M2", "M3"]);
  expect(code).toBe(0);
});

test.each([
  ["one byte at a time", 1],
  ["seven bytes at a time", 7],
])("a request %s", async (_name, size) => {
  const calls = startPair({ unary: ({ text }) => ({ text }) });
  const call = calls.open(unary);
  const bytes = envelope(Buffer.from("0a0568656c6c6f", "hex"));
  for (let at = 0; at < bytes.length; at += size) {
    call.sendBytes(bytes.subarray(at, at + size), at + size >= bytes.length);
  }
  const { messages } = await call.outcome;
  expect(messages[0]?.text).toBe("hello");
});

test("a message of 3 MiB both ways", async () => {
  const calls = startPair({ unary: ({ payload }) => ({ payload }) });
  const payload = new Uint8Array(3 * 1024 * 1024).fill(7);
  const { messages } = await calls.call(unary, [{ payload }]);
  expect(messages[0]?.payload.length).toBe(payload.length);
  expect(Buffer.compare(messages[0]!.payload, payload)).toBe(0);
});

test.each([
  ["none", 0, Code.UNIMPLEMENTED, "Unary takes one request, but none has been sent"],
  ["two", 2, Code.UNIMPLEMENTED, "Unary takes one request, but more than one has been sent"],
])("a unary call with %s requests", async (_name, count, code, message) => {
  const calls = startPair({ unary: () => ({}) });
  const outcome = await calls.call(
    unary,
    Array.from({ length: count }, () => ({})),
  );
  expect(outcome).toMatchObject({ code, message });
});

test("a unary call whose headers end the stream", async () => {
  const calls = startPair({ unary: () => ({}) });
  const { code } = await calls.open(unary, { endStream: true }).outcome;
  expect(code).toBe(Code.UNIMPLEMENTED);
});

test.each([
  ["a body cut off", Uint8Array.of(0, 0, 0, 0, 9, 1), Code.INTERNAL],
  ["an unknown flag", envelope(new Uint8Array(0), 2), Code.INTERNAL],
  ["a compressed message without an encoding", envelope(new Uint8Array(0), 1), Code.INTERNAL],
  ["bytes that are no message", envelope(Uint8Array.of(0x0a, 0x7f)), Code.INTERNAL],
  ["a message over the limit", Uint8Array.of(0, 0, 0, 4, 1), Code.RESOURCE_EXHAUSTED],
])("%s ends a call of either kind", async (_name, bytes, code) => {
  const log = vi.fn();
  const calls = startPair(
    {
      unary: () => ({}),
      async upload(requests) {
        for await (const _ of requests);
        return {};
      },
    },
    { maxReceiveMessageBytes: 1024, log: { ...silentLog, error: log } },
  );
  for (const method of [unary, upload]) {
    const call = calls.open(method);
    call.sendBytes(bytes, true);
    expect((await call.outcome).code).toBe(code);
  }
  expect(log).not.toHaveBeenCalled();
});

test("the limit is told from the first five bytes", async () => {
  const calls = startPair({ unary: () => ({}) }, { maxReceiveMessageBytes: 1024 });
  const call = calls.open(unary);
  call.sendBytes(Uint8Array.of(0, 0, 0, 4, 1));
  const { code, message } = await call.outcome;
  expect(code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(message).toContain("1025");
  expect(message).toContain("1024");
});

test("metadata goes both ways, bytes included", async () => {
  const calls = startPair({
    unary(_request, call) {
      call.responseHeaders.set("x-text", call.metadata.get("x-text") ?? "");
      call.responseTrailers.set("x-data-bin", call.metadata.get("x-data-bin") ?? new Uint8Array());
      expect(call.metadata.has("grpc-timeout")).toBe(false);
      expect(call.method.name).toBe("Unary");
      return {};
    },
  });
  const headers = { "x-text": "a b", "x-data-bin": "AAEC/w==" };
  const { head, trailers, code } = await calls.call(unary, [{}], { headers });
  expect(code).toBe(0);
  expect(head["x-text"]).toBe("a b");
  expect(trailers).toEqual({ "grpc-status": "0", "x-data-bin": "AAEC/w" });
});

test("sendHeaders sends before the first response", async () => {
  let release: () => void = () => {};
  const calls = startPair({
    async unary(_request, call) {
      call.responseHeaders.set("x-early", "1");
      call.sendHeaders();
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return {};
    },
  });
  const call = calls.open(unary);
  call.send({});
  call.end();
  await vi.waitFor(() => expect(call.head["x-early"]).toBe("1"));
  release();
  expect((await call.outcome).code).toBe(0);
});

test("trailers larger than the client takes end the call with a status all the same", async () => {
  const calls = startPair(
    {
      unary(_request, call) {
        call.responseTrailers.set("x-large", "x".repeat(2000));
        return {};
      },
    },
    {},
    { maxHeaderListBytes: 1024 },
  );
  await vi.waitFor(() => expect(calls.engine.peerMaxConcurrentStreams).toBe(1000));
  const { code, messages } = await calls.call(unary, [{}]);
  expect([code, messages.length]).toEqual([Code.RESOURCE_EXHAUSTED, 1]);
});
