// Handlers that fail, in every way they can: what the client is told, and what the log.
import {
  Code,
  Metadata,
  packDetail,
  ResourceInfoSchema,
  RpcError,
  silentLog,
} from "@trunkline/core";
import { afterEach, expect, test, vi } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { startPair, stopPairs } from "./pair.js";

afterEach(stopPairs);

const { unary, download } = TestService.method;

test("an RpcError is sent with details, metadata and trailers; headers stay headers", async () => {
  const calls = startPair({
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
  const calls = startPair({
    unary() {
      throw new RpcError(Code.ABORTED, "no");
    },
  });
  const { head } = await calls.call(unary, [{}]);
  expect(head).toEqual({
    ":status": "200",
    "content-type": "application/grpc",
    "grpc-accept-encoding": expect.stringMatching(/^gzip,deflate,br,(zstd,)?identity$/),
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
  const calls = startPair({ unary: handler as () => object }, { log: { ...silentLog, error } });
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
  const calls = startPair({ download: handler as () => Iterable<object> });
  const { code } = await calls.call(download, [{}]);
  expect(code).toBe(Code.UNKNOWN);
});
