// Call credentials: what they send, when tokens are fetched, and how their failures end calls.
import {
  type Call,
  Code,
  ContextValues,
  createGenericMethod,
  type Interceptor,
  Metadata,
  type Next,
  type Reply,
  RpcError,
  UsageError,
} from "@trunkline/core";
import { FakeClock } from "@trunkline/core/testing";
import { describe, expect, it } from "vitest";
import { AttachedCredentials } from "./attach-credentials.js";
import {
  bearerToken,
  type CallCredentials,
  type CredentialsCall,
  combineCallCredentials,
} from "./call-credentials.js";
import { type IssuedToken, refreshingToken } from "./refreshing-token.js";

const about: CredentialsCall = {
  serviceUrl: "https://a/p.S",
  path: "/p.S/M",
  signal: new AbortController().signal,
};

function callWith(metadata: Record<string, string> = {}): Call {
  return {
    method: createGenericMethod("/p.S/M"),
    metadata: new Metadata(metadata),
    deadline: undefined,
    timeRemainingMs: () => undefined,
    signal: about.signal,
    context: new ContextValues(),
    peer: undefined,
  };
}

const next: Next = (call) => Promise.resolve({ trailers: call.metadata } as unknown as Reply);

function attach(callCredentials: CallCredentials, authority = "a.example:443"): Interceptor {
  return new AttachedCredentials({ callCredentials }, { authority, isEncrypted: true }).interceptor;
}

async function sent(
  credentials: CallCredentials,
  metadata?: Record<string, string>,
): Promise<[string, unknown][]> {
  return [...(await attach(credentials)(callWith(metadata), next)).trailers];
}

describe("what is sent", () => {
  it.each<[string, CallCredentials]>([
    ["a text", bearerToken("t")],
    ["a function", bearerToken(() => "t")],
    ["a promise", bearerToken(async () => "t")],
    ["metadata", { metadataFor: () => new Metadata({ authorization: "Bearer t" }) }],
  ])("%s", async (_, credentials) => {
    expect(await sent(credentials)).toEqual([["authorization", "Bearer t"]]);
  });

  it("is what the call says, where it says something", async () => {
    expect(await sent(bearerToken("t"), { Authorization: "own", x: "1" })).toEqual([
      ["authorization", "own"],
      ["x", "1"],
    ]);
  });

  it("is of several credentials, the later before the earlier", async () => {
    const key: CallCredentials = {
      metadataFor: () => [
        ["x", "1"],
        ["x", "2"],
      ],
    };
    const both = combineCallCredentials(
      bearerToken("a"),
      key,
      bearerToken(async () => "b"),
    );
    expect(await sent(both)).toEqual([
      ["x", "1"],
      ["x", "2"],
      ["authorization", "Bearer b"],
    ]);
  });

  it("may depend on the call", async () => {
    const seen: CredentialsCall[] = [];
    const credentials = bearerToken((call) => {
      seen.push(call);
      return "t";
    });
    await attach(credentials)(callWith(), next);
    await attach(credentials, "b:8443")(callWith(), next);
    expect(seen.map(({ serviceUrl, path }) => [serviceUrl, path])).toEqual([
      ["https://a.example/p.S", "/p.S/M"],
      ["https://b:8443/p.S", "/p.S/M"],
    ]);
  });
});

describe("plaintext", () => {
  const callCredentials = bearerToken("t");
  const open = { authority: "a", isEncrypted: false };

  it("is refused unless it was allowed", () => {
    expect(() => new AttachedCredentials({ callCredentials }, open)).toThrow(UsageError);
    expect(() => new AttachedCredentials({ callCredentials }, open)).toThrow(/needs TLS/);
    const allowed = { callCredentials, allowCredentialsOverPlaintext: true };
    expect(new AttachedCredentials(allowed, open).areUsual).toBe(true);
    const none = new AttachedCredentials({}, open);
    expect(none.areUsual).toBe(false);
    expect(() => none.check(callCredentials)).toThrow(/needs TLS/);
    const wrong = { callCredentials: "t" as never };
    expect(() => new AttachedCredentials(wrong, { ...open, isEncrypted: true })).toThrow(
      /metadataFor/,
    );
  });
});

describe("failures", () => {
  it.each([
    [new RpcError(Code.UNAUTHENTICATED, "x"), Code.UNAUTHENTICATED],
    [new RpcError(Code.UNAVAILABLE, "x"), Code.UNAVAILABLE],
    [new RpcError(Code.PERMISSION_DENIED, "x"), Code.PERMISSION_DENIED],
    [new RpcError(Code.NOT_FOUND, "x"), Code.INTERNAL],
    [new RpcError(Code.INVALID_ARGUMENT, "x"), Code.INTERNAL],
    [new RpcError(Code.FAILED_PRECONDITION, "x"), Code.INTERNAL],
    [new Error("x"), Code.UNAVAILABLE],
    ["x", Code.UNAVAILABLE],
  ])("%s", async (error, code) => {
    const failing: CallCredentials = { metadataFor: () => Promise.reject(error) };
    await expect(attach(failing)(callWith(), next)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^\/p\.S\/M: the call's credentials cannot be had: /),
    });
  });

  it("of tokens that cannot be sent do not quote them", async () => {
    const failure: unknown = await sent(bearerToken(() => "secret token\n")).catch(
      (e: unknown) => e,
    );
    expect(failure).toMatchObject({ code: Code.INTERNAL });
    expect(String(failure)).not.toContain("secret");
    expect(() => bearerToken("")).toThrow(UsageError);
  });
});

describe("a token that expires", () => {
  function setUp(): {
    clock: FakeClock;
    fetches: {
      resolve(issued: IssuedToken): void;
      reject(error: Error): void;
      signal: AbortSignal;
    }[];
    ask: () => Promise<string>;
  } {
    const clock = new FakeClock(1_000_000);
    const fetches: ReturnType<typeof setUp>["fetches"] = [];
    const credentials = refreshingToken({
      clock,
      refreshBeforeMs: 100,
      timeoutMs: 500,
      retryAfterMs: 50,
      fetch: (signal) =>
        new Promise((resolve, reject) => fetches.push({ resolve, reject, signal })),
    });
    const ask = async (): Promise<string> => {
      const given = new Metadata(await credentials.metadataFor(about));
      return given.get("authorization") ?? "";
    };
    return { clock, fetches, ask };
  }

  it("is fetched once for all who wait, and again before it expires", async () => {
    const { clock, fetches, ask } = setUp();
    const both = [ask(), ask()];
    expect(fetches).toHaveLength(1);
    fetches[0]!.resolve({ token: "1", expiresAtMs: clock.now() + 1000 });
    expect(await Promise.all(both)).toEqual(["Bearer 1", "Bearer 1"]);
    clock.advance(899);
    await ask();
    expect(fetches).toHaveLength(1);
    clock.advance(1);
    expect(await ask()).toBe("Bearer 1");
    expect(await ask()).toBe("Bearer 1");
    expect(fetches).toHaveLength(2);
    clock.advance(100);
    const waiting = ask();
    fetches[1]!.resolve({ token: "2" });
    expect(await waiting).toBe("Bearer 2");
    clock.advance(1e9);
    expect(await ask()).toBe("Bearer 2");
    expect(fetches).toHaveLength(2);
  });

  it("that is short-lived is fetched anew after half of its time", async () => {
    const { clock, fetches, ask } = setUp();
    const first = ask();
    fetches[0]!.resolve({ token: "1", expiresAtMs: clock.now() + 80 });
    await first;
    clock.advance(39);
    await ask();
    expect(fetches).toHaveLength(1);
    clock.advance(1);
    expect(await ask()).toBe("Bearer 1");
    expect(fetches).toHaveLength(2);
  });

  it("stays in use while no other can be had, and is not asked for all the time", async () => {
    const { clock, fetches, ask } = setUp();
    const first = ask();
    fetches[0]!.reject(new Error("down"));
    await expect(first).rejects.toThrow("down");
    await expect(ask()).rejects.toThrow("down");
    expect(fetches).toHaveLength(1);
    clock.advance(50);
    const second = ask();
    fetches[1]!.resolve({ token: "1", expiresAtMs: clock.now() + 150 });
    expect(await second).toBe("Bearer 1");
    clock.advance(75);
    expect(await ask()).toBe("Bearer 1");
    fetches[2]!.reject(new Error("down"));
    clock.advance(74);
    expect(await ask()).toBe("Bearer 1");
  });

  it("is waited for no longer than the limit", async () => {
    const { clock, fetches, ask } = setUp();
    const late = ask();
    clock.advance(500);
    await expect(late).rejects.toThrow("no token came within 500 ms");
    expect(fetches[0]!.signal.aborted).toBe(true);
    clock.advance(50);
    const expired = ask();
    fetches[1]!.resolve({ token: "1", expiresAtMs: clock.now() });
    await expect(expired).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  });

  it("refuses options that cannot be used", () => {
    expect(() => refreshingToken({ fetch: 1 as never })).toThrow(UsageError);
    const fetch = (): Promise<IssuedToken> => Promise.resolve({ token: "t" });
    expect(() => refreshingToken({ fetch, timeoutMs: -1 })).toThrow(/timeoutMs is -1/);
  });
});
