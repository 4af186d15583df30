// The four kinds of call over a connection in memory: what comes back, and what is on the wire.
import {
  Code,
  deriveCall,
  Metadata,
  packDetail,
  ResourceInfoSchema,
  RpcError,
  silentLog,
} from "@trunkline/core";
import { afterEach, expect, test, vi } from "vitest";
import type { ServiceImplementation } from "../src/dispatch/handlers.js";
import { createServer, type Server } from "../src/server.js";
import type { ServerOptions } from "../src/server-options.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { connectInMemory, envelope, type RawClient } from "./raw-client.js";

const { unary, download, upload, chat } = TestService.method;
let server: Server | undefined;
let client: RawClient | undefined;

afterEach(async () => {
  client?.close();
  await server?.shutdown({ graceMs: 0 });
});

/** A server with these methods, and a client of it. */
function start(
  implementation: ServiceImplementation<typeof TestService>,
  options: ServerOptions = {},
): RawClient {
  server = createServer({ log: silentLog, ...options });
  server.addService(TestService, implementation);
  client = connectInMemory(server);
  return client;
}

test("unary: a plain value, a promise, and a message with everything around it", async () => {
  const calls = start({
    unary: ({ text }) =>
      text === "later" ? Promise.resolve({ text: "ok" }) : { text: `${text}!` },
  });
  const now = await calls.call(unary, [{ text: "hello" }]);
  expect(now.messages.map(({ text }) => text)).toEqual(["hello!"]);
  expect(now.head).toEqual({ ":status": "200", "content-type": "application/grpc" });
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
  const calls = start(new Counter());
  await calls.call(unary, [{}]);
  const { messages } = await calls.call(unary, [{}]);
  expect(messages[0]?.text).toBe("2");
});

test("server streaming: an async generator and an array", async () => {
  const calls = start({
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
  const calls = start({
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
  const calls = start({
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
  const calls = start({ unary: ({ text }) => ({ text }) });
  const call = calls.open(unary);
  const bytes = envelope(Buffer.from("0a0568656c6c6f", "hex"));
  for (let at = 0; at < bytes.length; at += size) {
    call.sendBytes(bytes.subarray(at, at + size), at + size >= bytes.length);
  }
  const { messages } = await call.outcome;
  expect(messages[0]?.text).toBe("hello");
});

test("a message of 3 MiB both ways", async () => {
  const calls = start({ unary: ({ payload }) => ({ payload }) });
  const payload = new Uint8Array(3 * 1024 * 1024).fill(7);
  const { messages } = await calls.call(unary, [{ payload }]);
  expect(messages[0]?.payload.length).toBe(payload.length);
  expect(Buffer.compare(messages[0]!.payload, payload)).toBe(0);
});

test.each([
  ["none", 0, Code.UNIMPLEMENTED, "Unary takes one request, but none has been sent"],
  ["two", 2, Code.UNIMPLEMENTED, "Unary takes one request, but more than one has been sent"],
])("a unary call with %s requests", async (_name, count, code, message) => {
  const calls = start({ unary: () => ({}) });
  const outcome = await calls.call(
    unary,
    Array.from({ length: count }, () => ({})),
  );
  expect(outcome).toMatchObject({ code, message });
});

test("a unary call whose headers end the stream", async () => {
  const calls = start({ unary: () => ({}) });
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
  const calls = start(
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
  const calls = start({ unary: () => ({}) }, { maxReceiveMessageBytes: 1024 });
  const call = calls.open(unary);
  call.sendBytes(Uint8Array.of(0, 0, 0, 4, 1));
  const { code, message } = await call.outcome;
  expect(code).toBe(Code.RESOURCE_EXHAUSTED);
  expect(message).toContain("1025");
  expect(message).toContain("1024");
});

test("an RpcError is sent with details, metadata and trailers; headers stay headers", async () => {
  const calls = start({
    unary(_request, call) {
      call.responseHeaders.set("x-head", "h");
      call.responseTrailers.set("x-tail", "t");
      throw new RpcError(Code.NOT_FOUND, "user 7 / ä not found", {
        details: [packDetail(ResourceInfoSchema, { resourceName: "7" })],
        metadata: new Metadata({ "x-error": "e" }),
      });
    },
  });
  const { head, trailers, code, message } = await calls.call(unary, [{}]);
  expect([code, message]).toEqual([Code.NOT_FOUND, "user 7 / ä not found"]);
  expect(head).toMatchObject({ ":status": "200", "x-head": "h" });
  expect(trailers).toMatchObject({ "x-tail": "t", "x-error": "e" });
  expect(trailers["grpc-status-details-bin"]).toBeDefined();
});

test("an error without headers is one block", async () => {
  const calls = start({
    unary() {
      throw new RpcError(Code.ABORTED, "no");
    },
  });
  const { head } = await calls.call(unary, [{}]);
  expect(head).toEqual({
    ":status": "200",
    "content-type": "application/grpc",
    "grpc-status": "10",
    "grpc-message": "no",
  });
});

const broken: [string, () => unknown][] = [
  [
    "throws an Error",
    () => {
      throw new Error("secret path /etc");
    },
  ],
  [
    "throws undefined",
    () => {
      throw undefined;
    },
  ],
  [
    "throws a string",
    () => {
      throw "secret";
    },
  ],
  ["rejects", () => Promise.reject(new Error("secret"))],
  ["returns undefined", () => undefined],
  ["returns a number", () => 7],
  ["returns a message of another type", () => ({ $typeName: "a.B" })],
  ["returns what cannot be encoded", () => ({ text: "\ud800", payload: 7 })],
  [
    "throws what cannot be looked at",
    () => {
      throw new Proxy(
        {},
        {
          get() {
            throw new Error("no");
          },
          has() {
            throw new Error("no");
          },
        },
      );
    },
  ],
];

test.each(broken)("a handler that %s gives UNKNOWN and a log entry", async (_name, handler) => {
  const error = vi.fn();
  const calls = start({ unary: handler as () => object }, { log: { ...silentLog, error } });
  const { code, message } = await calls.call(unary, [{}]);
  expect([code, message]).toEqual([Code.UNKNOWN, "internal error"]);
  expect(error.mock.calls).toHaveLength(_name.endsWith("looked at") ? 0 : 1);
  if (error.mock.calls.length > 0)
    expect(error.mock.calls[0]?.[1]).toMatchObject({
      method: "/trunkline.test.v1.TestService/Unary",
    });
});

test.each([
  [
    "throws at once",
    () => {
      throw new Error("x");
    },
  ],
  ["returns nothing", () => undefined],
  ["yields what is no message", () => [7]],
  [
    "breaks later",
    async function* () {
      yield {};
      throw new Error("x");
    },
  ],
])("a streaming handler that %s gives UNKNOWN", async (_name, handler) => {
  const calls = start({ download: handler as () => Iterable<object> });
  const { code } = await calls.call(download, [{}]);
  expect(code).toBe(Code.UNKNOWN);
});

test("metadata goes both ways, bytes included", async () => {
  const calls = start({
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
  const calls = start({
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
  server = createServer({ log: silentLog });
  server.addService(TestService, {
    unary(_request, call) {
      call.responseTrailers.set("x-large", "x".repeat(2000));
      return {};
    },
  });
  client = connectInMemory(server, { maxHeaderListBytes: 1024 });
  await vi.waitFor(() => expect(client!.engine.peerMaxConcurrentStreams).toBe(1000));
  const { code, messages } = await client.call(unary, [{}]);
  expect([code, messages.length]).toEqual([Code.RESOURCE_EXHAUSTED, 1]);
});

test("interceptors: order, changed messages, headers, trailers, the end", async () => {
  const seen: string[] = [];
  const calls = start(
    { unary: ({ text }, call) => ({ text: `${text} ${call.peer.address}` }) },
    {
      interceptors: [
        async (call, next) => {
          seen.push("outer in");
          const reply = await next(
            deriveCall(call, { message: { ...(call.message as object), text: "changed" } }),
          );
          seen.push("outer out");
          reply.trailers.set("x-outer", "1");
          void reply.closed.then(({ code }) => seen.push(`closed ${code}`));
          return reply;
        },
        async (call, next) => {
          seen.push(`inner in ${(call.message as { text: string }).text}`);
          const reply = await next(call);
          reply.headers.set("x-inner", "1");
          return { ...reply, message: { ...(reply.message as object), payload: Uint8Array.of(1) } };
        },
      ],
    },
  );
  const { messages, head, trailers } = await calls.call(unary, [{ text: "original" }]);
  expect(messages[0]?.text).toBe("changed memory");
  expect([...messages[0]!.payload]).toEqual([1]);
  expect(head["x-inner"]).toBe("1");
  expect(trailers["x-outer"]).toBe("1");
  expect(seen).toEqual(["outer in", "inner in changed", "outer out", "closed 0"]);
});

test("an interceptor wraps streams, and may refuse", async () => {
  const calls = start(
    {
      async *chat(requests) {
        for await (const { text } of requests) yield { text };
      },
    },
    {
      interceptors: [
        async (call, next) => {
          if (call.metadata.get("x-token") !== "t") {
            throw new RpcError(Code.UNAUTHENTICATED, "who are you?");
          }
          const { messages, ...rest } = await next(call);
          return {
            ...rest,
            messages: (async function* () {
              for await (const message of messages!) {
                yield { ...(message as object), text: `<${(message as { text: string }).text}>` };
              }
            })(),
          };
        },
      ],
    },
  );
  const refused = await calls.call(chat, [{ text: "a" }]);
  expect(refused.code).toBe(Code.UNAUTHENTICATED);
  const { messages } = await calls.call(chat, [{ text: "a" }], { headers: { "x-token": "t" } });
  expect(messages.map(({ text }) => text)).toEqual(["<a>"]);
});

test("a handler's exception that an interceptor does not wait for harms nobody", async () => {
  const calls = start(
    { unary: () => Promise.reject(new Error("unheard")) },
    {
      interceptors: [
        async (call, next) => {
          void next(call);
          throw new RpcError(Code.UNAVAILABLE, "busy");
        },
      ],
    },
  );
  expect((await calls.call(unary, [{}])).code).toBe(Code.UNAVAILABLE);
});
