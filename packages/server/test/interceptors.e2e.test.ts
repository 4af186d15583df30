// Interceptors around handlers: what they see, what they may change, and what they cannot break.
import { Code, deriveCall, guard, perMethod, RpcError } from "@trunkline/core";
import { afterEach, expect, test } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { startPair, stopPairs } from "./pair.js";

afterEach(stopPairs);

const { unary, chat } = TestService.method;

test("interceptors: order, changed messages, headers, trailers, the end", async () => {
  const seen: string[] = [];
  const calls = startPair(
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
  const calls = startPair(
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

test("guards: in their order, before and behind other interceptors, refusing at once or later", async () => {
  const seen: string[] = [];
  const note = (name: string) => guard(() => void seen.push(name));
  const calls = startPair(
    { unary: () => ({ text: "done" }) },
    {
      interceptors: [
        note("first"),
        perMethod(({ name }) => (name === "Unary" ? note("chosen") : undefined)),
        guard(async ({ metadata }) => {
          if (metadata.get("x-refuse") === "later") throw new RpcError(Code.ABORTED, "later");
        }),
        guard(({ metadata }) => {
          if (metadata.get("x-refuse") === "now") throw new RpcError(Code.ABORTED, "now");
        }),
        (call, next) => next(call),
        note("behind"),
      ],
    },
  );
  const passed = await calls.call(unary, [{}]);
  expect(passed).toMatchObject({ code: Code.OK, messages: [{ text: "done" }] });
  expect(seen.splice(0)).toEqual(["first", "chosen", "behind"]);
  for (const when of ["now", "later"]) {
    const refused = await calls.call(unary, [{}], { headers: { "x-refuse": when } });
    expect(refused).toMatchObject({ code: Code.ABORTED, messages: [] });
  }
  expect(seen).toEqual(["first", "chosen", "first", "chosen"]);
  expect((await calls.call(chat, [{}])).code).toBe(Code.UNIMPLEMENTED);
});

test("what an interceptor cannot be chosen for cannot be added", () => {
  const unfit = perMethod(({ name }) => {
    throw new Error(`not for ${name}`);
  });
  expect(() => startPair({ unary: () => ({}) }, { interceptors: [unfit] })).toThrow(
    "not for Unary",
  );
});

test("a handler's exception that an interceptor does not wait for harms nobody", async () => {
  const calls = startPair(
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
