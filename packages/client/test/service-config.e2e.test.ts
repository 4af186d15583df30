// Service configs on real channels: what holds for methods, who balances, and what a resolver's config changes.
import { Code, parseTimeout, silentLog } from "@trunkline/core";
import { afterEach, describe, expect, it } from "vitest";
import { type Address, createChannel, createManualResolver, type Endpoint } from "../src/index.js";
import { closeAll, connect, reply, serve } from "./connected-client.js";
import { answerWith } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

function toEndpoint(address: string): Endpoint {
  const [host = "", port] = address.split(":");
  const tcp: Address = { kind: "tcp", host, port: Number(port) };
  return { addresses: [tcp] };
}

/** Servers that say hello, and how many calls each has had. */
async function serveMany(count: number): Promise<{ calls: number[]; addresses: string[] }> {
  const calls = new Array<number>(count).fill(0);
  const answer = answerWith(reply);
  const servers = calls.map((_, i) =>
    serve((stream, event) => {
      calls[i] = (calls[i] ?? 0) + (stream.isEnded && stream.reset === undefined ? 1 : 0);
      answer(stream, event);
    }),
  );
  return { calls, addresses: await Promise.all(servers.map((server) => server.listen())) };
}

const service = "trunkline.test.v1.TestService";
const shortTime = { methodConfig: [{ name: [{ service }], timeout: "0.05s" as const }] };

describe("a channel's own service config", () => {
  it("is checked when the channel is made", () => {
    expect(() => createChannel("x:1", { serviceConfig: { loadBalancingPolicy: "magic" } })).toThrow(
      "serviceConfig.loadBalancingPolicy names magic",
    );
    expect(() => createChannel("x:1", { serviceConfig: "{" })).toThrow("serviceConfig is not JSON");
  });

  it("limits the time of calls that ask for more, or for nothing", async () => {
    const { client } = connect(await serve(() => {}).listen(), { serviceConfig: shortTime });
    for (const options of [undefined, {}, { timeoutMs: 5000 }]) {
      const error = await failureOf(client.unary({}, options));
      expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
      expect(error.message).toContain("the deadline of 50 ms passed while waiting for");
    }
    const error = await failureOf(client.unary({}, { timeoutMs: 5 }));
    expect(error.message).toMatch(/the deadline of [2-5](\.\d)? ms/);
  });

  it("tells the server the shorter timeout", async () => {
    let timeout: string | undefined;
    const answer = answerWith(reply);
    const server = serve((stream, event) => {
      timeout = stream.header("grpc-timeout");
      answer(stream, event);
    });
    const { client } = connect(await server.listen(), {
      serviceConfig: { methodConfig: [{ name: [{}], timeout: "20s" }] },
    });
    await client.unary({}, { timeoutMs: 60_000 });
    expect(parseTimeout(timeout ?? "")).toBeGreaterThan(1000);
    expect(parseTimeout(timeout ?? "")).toBeLessThanOrEqual(20_000);
  });

  it("lets calls wait for readiness, unless they say otherwise (D5)", async () => {
    const { addresses } = await serveMany(1);
    const resolver = createManualResolver();
    resolver.fail(new Error("not yet"));
    const { client } = connect("manual:x", {
      resolvers: { manual: resolver },
      serviceConfig: { methodConfig: [{ name: [{}], waitForReady: true }] },
    });
    const waiting = client.unary({});
    const refused = await failureOf(client.unary({}, { waitForReady: false }));
    expect(refused.message).toBe('no addresses of "manual:x": not yet');
    resolver.update({ endpoints: addresses.map(toEndpoint) });
    expect((await waiting).text).toBe("hello");
  });

  it("limits responses", async () => {
    const { addresses } = await serveMany(1);
    const { client } = connect(addresses[0] ?? "", {
      serviceConfig: { methodConfig: [{ name: [{ service }], maxResponseMessageBytes: 3 }] },
    });
    const error = await failureOf(client.unary({}));
    expect([error.code, error.message]).toEqual([
      Code.RESOURCE_EXHAUSTED,
      expect.stringContaining("3"),
    ]);
  });

  it("limits requests (D4)", async () => {
    const { calls, addresses } = await serveMany(1);
    const { client } = connect(addresses[0] ?? "", {
      serviceConfig: { methodConfig: [{ name: [{ service }], maxRequestMessageBytes: 3 }] },
    });
    for (const options of [{}, { maxSendMessageBytes: 1000 }]) {
      const error = await failureOf(client.unary({ text: "too long" }, options));
      expect([error.code, error.message]).toEqual([
        Code.RESOURCE_EXHAUSTED,
        expect.stringContaining("3"),
      ]);
    }
    expect(calls).toEqual([0]);
  });

  it("spreads calls with round_robin", async () => {
    const { calls, addresses } = await serveMany(3);
    const { client } = connect(`ipv4:${addresses.join(",")}`, {
      serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] },
    });
    while (calls.includes(0)) {
      await client.unary({});
    }
    const before = [...calls];
    for (let i = 0; i < 30; i++) {
      await client.unary({});
    }
    expect(calls.map((count, i) => count - (before[i] ?? 0))).toEqual([10, 10, 10]);
  });
});

describe("a resolver's service config", () => {
  it("replaces the channel's own, unless that is not wanted", async () => {
    const { addresses } = await serveMany(1);
    const endpoints = addresses.map(toEndpoint);
    const resolver = createManualResolver({
      endpoints,
      serviceConfig: { methodConfig: [{ name: [{}], maxResponseMessageBytes: 3 }] },
    });
    const options = { resolvers: { manual: resolver }, serviceConfig: {} };
    const limited = connect("manual:x", options);
    expect((await failureOf(limited.client.unary({}))).code).toBe(Code.RESOURCE_EXHAUSTED);
    const free = connect("manual:x", { ...options, ignoreResolvedServiceConfig: true });
    expect((await free.client.unary({})).text).toBe("hello");
    resolver.update({ endpoints });
    expect((await limited.client.unary({})).text).toBe("hello");
  });

  it("holds for calls that waited for it", async () => {
    const address = await serve(() => {}).listen();
    const resolver = createManualResolver();
    const { client } = connect("manual:x", { resolvers: { manual: resolver } });
    const waiting = failureOf(client.unary({}));
    resolver.update({ endpoints: [toEndpoint(address)], serviceConfig: shortTime });
    expect((await waiting).code).toBe(Code.DEADLINE_EXCEEDED);
  });

  it("fails calls when the first one is broken; a later broken one changes nothing (gRFC A21)", async () => {
    const { addresses } = await serveMany(1);
    const endpoints = addresses.map(toEndpoint);
    const resolver = createManualResolver({ endpoints, serviceConfig: "{" });
    const options = { resolvers: { manual: resolver }, log: silentLog };
    const { client } = connect("manual:x", options);
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(
      /^the service config of "manual:x" cannot be used: the resolver's service config is not JSON/,
    );
    resolver.update({ endpoints, serviceConfig: {} });
    expect((await client.unary({})).text).toBe("hello");
    resolver.update({ endpoints, serviceConfig: new Error("no TXT record can be read") });
    expect((await client.unary({})).text).toBe("hello");
  });

  it("changes the policy while calls go on", async () => {
    const { calls, addresses } = await serveMany(2);
    const endpoints = addresses.map(toEndpoint);
    const resolver = createManualResolver({ endpoints });
    const { client } = connect("manual:x", { resolvers: { manual: resolver } });
    await client.unary({});
    expect(calls).toEqual([1, 0]);
    resolver.update({ endpoints, serviceConfig: { loadBalancingConfig: [{ round_robin: {} }] } });
    while (calls.includes(0)) {
      await client.unary({});
    }
    expect(resolver.requests).toBe(1);
  });
});
