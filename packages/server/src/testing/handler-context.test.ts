// A made-up call is what a handler would have got: metadata, deadline, signal, peer, response metadata.
import { Code, ContextValues, createContextKey, RpcError } from "@trunkline/core";
import { ServerReflection } from "@trunkline/core/reflection";
import { FakeClock } from "@trunkline/core/testing";
import { expect, test } from "vitest";
import { createHandlerContext } from "./handler-context.js";

test("what is left out has a default", () => {
  const call = createHandlerContext();
  expect(call.method.name).toBe("Test");
  expect(call.metadata.size).toBe(0);
  expect([call.deadline, call.timeRemainingMs()]).toEqual([undefined, undefined]);
  expect(call.peer).toEqual({ address: "test", port: undefined, tls: undefined });
  expect([call.format, call.headersSent, call.signal.aborted]).toEqual(["proto", false, false]);
});

test("what is given is there", () => {
  const key = createContextKey("nobody");
  const clock = new FakeClock(1000);
  const call = createHandlerContext({
    method: ServerReflection.method.serverReflectionInfo,
    metadata: { "x-tenant": "a" },
    timeoutMs: 500,
    clock,
    peer: { address: "10.0.0.1:5" },
    format: "json",
    context: new ContextValues().set(key, "ada"),
    message: 1,
  });
  clock.advance(200);
  expect(call.method.name).toBe("ServerReflectionInfo");
  expect(call.metadata.get("x-tenant")).toBe("a");
  expect([call.deadline, call.timeRemainingMs()]).toEqual([1500, 300]);
  expect(call.peer.address).toBe("10.0.0.1:5");
  expect([call.format, call.context.get(key), call.message]).toEqual(["json", "ada", 1]);
});

test("what the handler does is seen, and the client may go away", () => {
  const call = createHandlerContext();
  call.responseHeaders.set("a", "1");
  call.responseTrailers.set("b", "2");
  call.sendHeaders();
  expect(call.headersSent).toBe(true);
  const { signal } = call;
  call.cancel();
  expect(signal.reason).toMatchObject({ code: Code.CANCELLED });
  const late = createHandlerContext();
  late.cancel(new RpcError(Code.DEADLINE_EXCEEDED, "too late"));
  expect(late.signal.reason).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
});

test("times that are none are refused", () => {
  for (const timeoutMs of [Number.NaN, -5, "5", null]) {
    expect(() => createHandlerContext({ timeoutMs: timeoutMs as number })).toThrow(
      /option timeoutMs is (NaN|-5|"5"|null); it must be a number of milliseconds/,
    );
  }
  expect(createHandlerContext({ timeoutMs: Infinity }).deadline).toBeUndefined();
});
