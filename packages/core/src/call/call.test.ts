// Interceptors, derived calls, context values and kinds of method.
import type { DescMethod } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { Metadata } from "../metadata/metadata.js";
import type { Call, Interceptor, Next, Reply } from "./call.js";
import { nowMs } from "./clock.js";
import { ContextValues, createContextKey } from "./context-values.js";
import { deriveCall } from "./derive-call.js";
import { composeInterceptors } from "./interceptors.js";
import { methodPath, streamsRequests, streamsResponses } from "./method-kind.js";

const method = {
  kind: "rpc",
  name: "GetUser",
  methodKind: "unary",
  parent: { typeName: "users.v1.UserService" },
} as unknown as DescMethod;

class TestCall implements Call<string> {
  readonly method: DescMethod = method;
  readonly metadata: Metadata = new Metadata({ a: "1" });
  readonly deadline: number | undefined = nowMs() + 60_000;
  readonly context: ContextValues = new ContextValues();
  readonly message: string = "request";
  readonly peer = undefined;
  signalsMade = 0;

  get signal(): AbortSignal {
    this.signalsMade++;
    return new AbortController().signal;
  }

  timeRemainingMs(): number | undefined {
    return this.deadline === undefined ? undefined : this.deadline - nowMs();
  }
}

function replyOf(message: unknown): Reply {
  const trailers = new Metadata();
  const closed = Promise.resolve({
    code: 0,
    message: "",
    details: [],
    metadata: trailers,
  } as const);
  return { headers: new Metadata(), message, trailers, closed };
}

const echo: Next = (call) => Promise.resolve(replyOf(call.message));

describe("composeInterceptors", () => {
  it("costs nothing without interceptors", () => {
    expect(composeInterceptors([], echo)).toBe(echo);
  });

  it("runs the first outermost", async () => {
    const seen: string[] = [];
    const named = (name: string): Interceptor => {
      return async (call, next) => {
        seen.push(`${name} in`);
        const reply = await next(call);
        seen.push(`${name} out`);
        return reply;
      };
    };
    await composeInterceptors([named("a"), named("b")], echo)(new TestCall());
    expect(seen).toEqual(["a in", "b in", "b out", "a out"]);
  });

  it("may answer without going on, go on twice, and change both ways", async () => {
    const short: Interceptor = () => Promise.resolve(replyOf("short"));
    const never: Next = () => Promise.reject(new Error("must not be called"));
    expect((await composeInterceptors([short], never)(new TestCall())).message).toBe("short");

    let calls = 0;
    const twice: Interceptor = async (call, next) => {
      await next(call);
      return next(call);
    };
    const counting: Next = (call) => {
      calls++;
      return echo(call);
    };
    const change: Interceptor = async (call, next) => {
      const reply = await next(deriveCall(call, { message: `<${String(call.message)}>` }));
      reply.message = `${String(reply.message)}!`;
      return reply;
    };
    const reply = await composeInterceptors([twice, change], counting)(new TestCall());
    expect(calls).toBe(2);
    expect(reply.message).toBe("<request>!");
  });

  it("makes a rejection of what is thrown synchronously", async () => {
    const broken: Interceptor = () => {
      throw new Error("broken");
    };
    await expect(composeInterceptors([broken], echo)(new TestCall())).rejects.toThrow("broken");
  });

  it("can be used for many calls at a time", async () => {
    const chain = composeInterceptors([(call, next) => next(call)], echo);
    const replies = await Promise.all([chain(new TestCall()), chain(new TestCall())]);
    expect(replies.map(({ message }) => message)).toEqual(["request", "request"]);
  });
});

describe("deriveCall", () => {
  it("reads everything else from the call, and only when asked", () => {
    const call = new TestCall();
    const derived = deriveCall(call, { message: "other" });
    expect(derived.message).toBe("other");
    expect(derived.metadata).toBe(call.metadata);
    expect(derived.method).toBe(method);
    expect(derived.context).toBe(call.context);
    expect(derived.deadline).toBe(call.deadline);
    expect(derived.peer).toBeUndefined();
    expect(derived.messages).toBeUndefined();
    expect(call.signalsMade).toBe(0);
    expect(derived.signal).toBeInstanceOf(AbortSignal);
    expect(call.signalsMade).toBe(1);
  });

  it("replaces what it is told to, undefined included", () => {
    const call = new TestCall();
    const signal = new AbortController().signal;
    const metadata = new Metadata();
    const changed = deriveCall(call, { deadline: nowMs() + 1_000, signal, metadata });
    expect(changed.timeRemainingMs()).toBeLessThanOrEqual(1_000);
    expect(changed.signal).toBe(signal);
    expect(changed.metadata).toBe(metadata);
    const endless = deriveCall(call, { deadline: undefined, message: undefined });
    expect(endless.deadline).toBeUndefined();
    expect(endless.timeRemainingMs()).toBeUndefined();
    expect(endless.message).toBeUndefined();
    const messages = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject() }) };
    expect(deriveCall(call, { messages }).messages).toBe(messages);
    expect(deriveCall(call, { deadline: 1 }).timeRemainingMs()).toBe(0);
  });

  it("can be derived from again", () => {
    const twice = deriveCall(deriveCall(new TestCall(), { message: "1" }), {
      metadata: new Metadata(),
    });
    expect(twice.message).toBe("1");
    expect(twice.metadata.size).toBe(0);
  });
});

describe("ContextValues", () => {
  it("gives defaults, what was set, and defaults again", () => {
    const tenant = createContextKey("public", { description: "tenant" });
    const other = createContextKey<number | undefined>(undefined, { description: "tenant" });
    const values = new ContextValues();
    expect(values.get(tenant)).toBe("public");
    expect(values.has(tenant)).toBe(false);
    expect(values.delete(tenant)).toBe(false);
    values.set(tenant, "acme").set(other, undefined);
    expect(values.get(tenant)).toBe("acme");
    expect(values.has(other)).toBe(true);
    expect(values.get(other)).toBeUndefined();
    expect(values.delete(tenant)).toBe(true);
    expect(values.get(tenant)).toBe("public");
    expect(tenant.symbol.description).toBe("tenant");
  });
});

describe("methods", () => {
  it.each([
    ["unary", false, false],
    ["server_streaming", false, true],
    ["client_streaming", true, false],
    ["bidi_streaming", true, true],
  ] as const)("%s", (kind, requests, responses) => {
    expect(streamsRequests(kind)).toBe(requests);
    expect(streamsResponses(kind)).toBe(responses);
  });

  it("have a path", () => {
    expect(methodPath(method)).toBe("/users.v1.UserService/GetUser");
  });
});
