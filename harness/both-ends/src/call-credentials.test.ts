// Credentials of single calls: beside those of the channel, for all kinds of calls, attempts and hedges, and never over plaintext.
import {
  bearerToken,
  type CallCredentials,
  type Channel,
  type ChannelOptions,
  type Client,
  Code,
  createChannel,
  createClient,
  type Interceptor,
  openRaw,
  plaintext,
  RpcError,
  refreshingToken,
  tlsChannelCredentials,
  UsageError,
} from "@trunkline/client";
import { createServer, silentLog, tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { collect } from "./both-ends.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";

const authority = createAuthority();
const files = authority.issue("server", ["localhost", "127.0.0.1"]);
const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

interface Both {
  readonly channel: Channel;
  readonly client: Client<typeof TestService>;
  /** `authorization` and `x-key` of each attempt that the server has seen. */
  readonly seen: string[];
}

/** A server that fails the first `failures` attempts with UNAVAILABLE, or never answers them. */
async function start(
  options: ChannelOptions = {},
  { failures = 0, hangs = false } = {},
): Promise<Both> {
  const seen: string[] = [];
  const isTls = options.credentials !== plaintext;
  const server = createServer({
    log: silentLog,
    interceptors: [
      async (call, next) => {
        const { metadata } = call;
        seen.push(`${metadata.getAll("authorization").join()} ${metadata.get("x-key") ?? ""}`);
        if (seen.length > failures) return await next(call);
        if (!hangs) throw new RpcError(Code.UNAVAILABLE, "not yet");
        return await new Promise((_, reject) =>
          call.signal.addEventListener("abort", () => reject(new Error("gone"))),
        );
      },
    ],
  });
  server.addService(TestService, {
    unary: ({ text }) => ({ text }),
    async *download() {
      yield {};
    },
    upload: async () => ({}),
    async *chat() {
      yield {};
    },
  });
  const { port } = await server.listen({
    host: "127.0.0.1",
    port: 0,
    ...(isTls && { credentials: tlsServerCredentials(files) }),
  });
  closing.push(() => server.shutdown({ graceMs: 0 }));
  const channel = createChannel(`127.0.0.1:${port}`, {
    log: silentLog,
    credentials: tlsChannelCredentials({ ca: authority.cert }),
    ...options,
  });
  closing.push(() => channel.close());
  return { channel, client: createClient(TestService, channel), seen };
}

const passing: Interceptor = (call, next) => next(call);
const ofChannel: CallCredentials = {
  metadataFor: async () => ({ authorization: "Bearer channel", "x-key": "k" }),
};
const callCredentials = bearerToken(async () => "call");

describe.each<[string, ChannelOptions, string, string]>([
  ["no more than a channel", {}, "Bearer call ", " "],
  ["interceptors", { interceptors: [passing] }, "Bearer call ", " "],
  ["other credentials", { callCredentials: ofChannel }, "Bearer call k", "Bearer channel k"],
])("a call on a channel with %s", (_, options, own, usual) => {
  it("sends its own credentials, whatever its kind, and others do not", async () => {
    const { client, channel, seen } = await start(options);
    await client.unary({ text: "a" }, { callCredentials });
    await collect(client.download({}, { callCredentials }));
    await client.upload([], { callCredentials });
    await collect(client.chat([], { callCredentials }));
    const driven = client.chat.open({ callCredentials });
    driven.closeSend();
    await collect(driven.messages);
    const raw = openRaw(channel, "/trunkline.test.v1.TestService/Chat", { callCredentials });
    raw.closeSend();
    await collect(raw.messages);
    await client.unary({ text: "a" });
    expect(seen).toEqual([own, own, own, own, own, own, usual]);
  });

  it("fails as its credentials do, and the server hears nothing", async () => {
    const { client, seen } = await start(options);
    const failing = (error: unknown): CallCredentials => ({
      metadataFor: () => Promise.reject(error),
    });
    const ask = (error: unknown): Promise<unknown> =>
      client.unary({ text: "a" }, { callCredentials: failing(error) });
    await expect(ask(new Error("down"))).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      message: expect.stringMatching(/the call's credentials cannot be had: down$/),
    });
    const refused = new RpcError(Code.UNAUTHENTICATED, "no token for you");
    await expect(ask(refused)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
    await expect(ask(new RpcError(Code.NOT_FOUND, "x"))).rejects.toMatchObject({
      code: Code.INTERNAL,
    });
    expect(seen).toEqual([]);
  });
});

describe("attempts", () => {
  const name = [{ service: "trunkline.test.v1.TestService" }];
  const retryPolicy = {
    maxAttempts: 3,
    initialBackoff: "0.001s",
    maxBackoff: "0.001s",
    backoffMultiplier: 1,
    retryableStatusCodes: ["UNAVAILABLE"],
  } as const;
  const hedgingPolicy = { maxAttempts: 3, hedgingDelay: "0.001s" } as const;

  it.each([
    ["retries", { methodConfig: [{ name, retryPolicy }] }, false],
    ["hedges", { methodConfig: [{ name, hedgingPolicy }] }, true],
  ])("that are %s send what was asked for once", async (_, serviceConfig, hangs) => {
    const { client, seen } = await start({ serviceConfig }, { failures: 2, hangs });
    let asked = 0;
    const counting = bearerToken(() => `call-${++asked}`);
    await client.unary({ text: "a" }, { callCredentials: counting, timeoutMs: 10_000 });
    expect(seen).toEqual(["Bearer call-1 ", "Bearer call-1 ", "Bearer call-1 "]);
    expect(asked).toBe(1);
  });
});

describe("a token that is fetched", () => {
  it("is one for all calls that come at once, of any client", async () => {
    const { channel, seen } = await start();
    let fetched = 0;
    const token = refreshingToken({
      fetch: async () => ({ token: `t${++fetched}`, expiresAtMs: Date.now() + 3_600_000 }),
    });
    const client = createClient(TestService, channel, { callCredentials: token });
    await Promise.all(Array.from({ length: 20 }, () => client.unary({ text: "a" })));
    expect(new Set(seen)).toEqual(new Set(["Bearer t1 "]));
    expect(fetched).toBe(1);
  });

  it("is waited for until the deadline, and no longer", async () => {
    const { client, seen } = await start();
    let ended: AbortSignal | undefined;
    const never: CallCredentials = {
      metadataFor: ({ signal }) => {
        ended = signal;
        return new Promise(() => {});
      },
    };
    const call = client.unary({ text: "a" }, { callCredentials: never, timeoutMs: 20 });
    await expect(call).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    expect(ended?.aborted).toBe(true);
    expect(seen).toEqual([]);
  });
});

describe("plaintext", () => {
  it("is no way for credentials, unless the channel allows it", async () => {
    const { client, seen } = await start({ credentials: plaintext });
    expect(() => client.unary({ text: "a" }, { callCredentials })).toThrow(UsageError);
    expect(() => client.chat([], { callCredentials })).toThrow(/needs TLS/);
    expect(() => client.chat.open({ callCredentials })).toThrow(/needs TLS/);
    const intercepted = await start({ credentials: plaintext, interceptors: [passing] });
    expect(() => intercepted.client.unary({ text: "a" }, { callCredentials })).toThrow(/needs TLS/);
    expect([...seen, ...intercepted.seen]).toEqual([]);
    const allowed = await start({ credentials: plaintext, allowCredentialsOverPlaintext: true });
    await allowed.client.unary({ text: "a" }, { callCredentials });
    expect(allowed.seen).toEqual(["Bearer call "]);
  });

  it("or anything else, is no place for what is no credentials", async () => {
    const { client, channel } = await start();
    expect(() => client.unary({ text: "a" }, { callCredentials: "t" as never })).toThrow(
      /metadataFor/,
    );
    const options = { callCredentials: {} as never };
    expect(() => createClient(TestService, channel, options)).toThrow(/metadataFor/);
  });
});
