// Those who follow calls hear of their end once, when the handler has finished as well.
import { Code, guard, type Interceptor, RpcError } from "@trunkline/core";
import { afterEach, describe, expect, test } from "vitest";
import type { ServerCall } from "../src/dispatch/server-call.js";
import { Gate } from "./gate.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { startPair, stopPairs } from "./pair.js";

afterEach(stopPairs);

const { unary, chat, download } = TestService.method;
const asIs: Interceptor = (call, next) => next(call);

/** Follows each call, twice. */
function following(seen: string[], left = new Gate()): Interceptor {
  const follower = {
    callFinished() {
      seen.push("finished");
      void left.wait();
    },
  };
  return guard((call) => {
    (call as ServerCall).follow(follower);
    (call as ServerCall).follow(follower);
  });
}

describe.each([false, true])("behind an interceptor: %s", (isBehind) => {
  test("calls of all kinds, answered, failed and refused", async () => {
    const seen: string[] = [];
    const calls = startPair(
      {
        unary: ({ text }) => ({ text }),
        async *chat(requests) {
          for await (const { text } of requests) yield { text };
        },
        *download() {
          yield {};
          throw new RpcError(Code.ABORTED, "no");
        },
      },
      {
        interceptors: [
          ...(isBehind ? [asIs] : []),
          following(seen),
          guard(({ metadata }) => {
            if (metadata.has("x-refuse")) throw new RpcError(Code.RESOURCE_EXHAUSTED, "no");
          }),
        ],
      },
    );
    const both = ["finished", "finished"];
    expect((await calls.call(unary, [{ text: "x" }])).messages[0]?.text).toBe("x");
    expect(seen.splice(0)).toEqual(both);
    expect((await calls.call(chat, [{ text: "x" }])).messages[0]?.text).toBe("x");
    expect(seen.splice(0)).toEqual(both);
    expect((await calls.call(download, [{}])).code).toBe(Code.ABORTED);
    expect(seen.splice(0)).toEqual(both);
    const refused = await calls.call(unary, [{}], { headers: { "x-refuse": "1" } });
    expect(refused.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(seen).toEqual(both);
  });
});

/** Settles when the call has ended for its client. */
const given = (call: ServerCall): Promise<void> =>
  new Promise((resolve) => call.signal.addEventListener("abort", () => resolve()));

test("a call that its client gives up is finished when its handler is, not before", async () => {
  const seen: string[] = [];
  const [entered, left, gate] = [new Gate(), new Gate(), new Gate()];
  let over: Promise<void> | undefined;
  const calls = startPair(
    {
      async unary(_, call) {
        over = given(call);
        void entered.wait();
        await gate.wait();
        seen.push("handled");
        return {};
      },
    },
    { interceptors: [following(seen, left)] },
  );
  const call = calls.open(unary);
  call.send({});
  call.end();
  await entered.entered;
  call.cancel();
  await over;
  expect(seen).toEqual([]);
  gate.open();
  await left.entered;
  expect(seen).toEqual(["handled", "finished", "finished"]);
});

test("a call that ends while a guard waits is not handled, and over for those who follow it late", async () => {
  const seen: string[] = [];
  const [gate, left] = [new Gate(), new Gate()];
  let over: Promise<void> | undefined;
  const waiting = guard(async (call) => {
    over = given(call as ServerCall);
    await gate.wait();
    (call as ServerCall).follow({ callFinished: () => void left.wait() });
  });
  const calls = startPair(
    { unary: () => void seen.push("handled") as never },
    { interceptors: [waiting] },
  );
  const call = calls.open(unary);
  call.send({});
  call.end();
  await gate.entered;
  call.cancel();
  await over;
  gate.open();
  await left.entered;
  expect(seen).toEqual([]);
});
