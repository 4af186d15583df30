// Requests that almost end as they should: resets with any code, trailers, bodies cut off; and how a handler hears of it.
import { Code, type RpcError } from "@trunkline/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { startPair, stopPairs } from "./pair.js";

const { unary, upload, download, chat } = TestService.method;

afterEach(stopPairs);

describe("RST_STREAM from the client", () => {
  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xffffffff])(
    "with code %i cancels the call, and the next one is served",
    async (http2Code) => {
      const ended = vi.fn();
      const calls = startPair({
        async *chat(requests, call) {
          try {
            for await (const { text } of requests) yield { text };
          } catch (error) {
            ended((error as RpcError).code, (call.signal.reason as RpcError).code);
            throw error;
          }
        },
        unary: ({ text }) => ({ text }),
      });
      const call = calls.open(chat);
      call.send({ text: "a" });
      await call.received(1);
      call.cancel(http2Code);
      await vi.waitFor(() => expect(ended).toHaveBeenCalledWith(Code.CANCELLED, Code.CANCELLED));
      expect((await calls.call(unary, [{ text: "b" }])).code).toBe(Code.OK);
    },
  );
});

describe("trailers of a request", () => {
  test("end it as END_STREAM on DATA would, and what they say counts for nothing", async () => {
    const calls = startPair({
      unary: ({ text }, call) => ({ text: `${text} ${call.metadata.has("x-late")}` }),
      async upload(requests) {
        let count = 0;
        for await (const _ of requests) count++;
        return { count };
      },
    });
    const fields = ["grpc-status", "13", "x-late", "1"];
    const one = calls.open(unary);
    one.send({ text: "a" });
    calls.engine.sendHeaders(one.id, { fields }, true);
    expect((await one.outcome).messages[0]?.text).toBe("a false");
    const many = calls.open(upload);
    many.send({});
    many.send({});
    calls.engine.sendHeaders(many.id, { fields }, true);
    expect((await many.outcome).messages[0]?.count).toBe(2);
  });
});

describe("a request that is cut off", () => {
  const cut: [string, Uint8Array][] = [
    ["inside the head of a message", Uint8Array.of(0, 0, 0)],
    ["inside a message", Uint8Array.of(0, 0, 0, 0, 9, 1)],
    ["after a message", Uint8Array.of(0, 0, 0, 0, 0, 0)],
  ];

  test.each(cut)("%s is INTERNAL for every kind of call", async (_name, bytes) => {
    const calls = startPair({
      unary: () => ({}),
      download: () => [],
      async upload(requests) {
        for await (const _ of requests);
        return {};
      },
      async *chat(requests) {
        for await (const { text } of requests) yield { text };
      },
    });
    for (const method of [unary, download, upload, chat]) {
      const call = calls.open(method);
      call.sendBytes(bytes, true);
      expect((await call.outcome).code).toBe(Code.INTERNAL);
    }
  });
});

describe("no request, and one too many", () => {
  test.each([
    ["unary", unary],
    ["server streaming", download],
  ])("are UNIMPLEMENTED: %s", async (_name, method) => {
    const handler = vi.fn(() => []);
    const calls = startPair({ unary: () => ({}), download: handler });
    for (const bytes of [new Uint8Array(0), new Uint8Array(10)]) {
      const call = calls.open(method);
      call.sendBytes(bytes, true);
      expect((await call.outcome).code).toBe(Code.UNIMPLEMENTED);
    }
    const empty = calls.open(method, { endStream: true });
    expect((await empty.outcome).code).toBe(Code.UNIMPLEMENTED);
    expect(handler).not.toHaveBeenCalled();
  });
});
