// Situations in which gRPC libraries have gone wrong, by number, and what is right in each, on both ends where it has
// two: D1 to D12. D6 asks name servers, so more of it is in packages/client/src/resolver/node/dns.test.ts.
import http2 from "node:http2";
import { connect as connectNet } from "node:net";
import {
  Code,
  createManualResolver,
  Metadata,
  RpcError,
  silentLog,
  UsageError,
} from "@trunkline/client";
import { createMemoryPair } from "@trunkline/http2";
import { createServer, type ServerCall } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { TestService } from "../gen/trunkline/test/v1/test_service_pb.js";
import { closeAll, closeLater, failureOf, requestOf, startPair } from "../pair.js";
import { answer, answerTrailersOnly, startScript, WireClient } from "../wire.js";
import { day, headersSent, never, open } from "./scenes.js";

afterEach(closeAll);

describe("D1 timeouts of months", () => {
  it.each([
    ["2592000S", 30 * day],
    ["597H", 597 * 3_600_000],
    ["99999999M", 99_999_999 * 60_000],
    ["99999999H", 99_999_999 * 3_600_000],
  ])("a server takes %s for what it says", async (text, ms) => {
    let left = 0;
    const unary = (_request: unknown, call: ServerCall) => {
      left = call.timeRemainingMs() ?? 0;
      return {};
    };
    const { trailers } = await (await WireClient.start({ unary })).call({ "grpc-timeout": text });
    expect(trailers).toMatchObject({ "grpc-status": "0" });
    expect(Math.abs(left - ms)).toBeLessThan(5000);
  });

  it("a client sends and keeps them", async () => {
    const { "grpc-timeout": sent } = await headersSent({ timeoutMs: 30 * day });
    expect(sent).toMatch(/^259\d{4}S$/);
  });
});

it.each(["abc5Sxyz", "-5S", "5 S", "5", "S", "123456789S", "5s", "1.5S"])(
  "D2 a server refuses the timeout %j before any handler runs",
  async (text) => {
    let calls = 0;
    const wire = await WireClient.start({
      unary: () => {
        calls++;
        return {};
      },
    });
    const { headers } = await wire.call({ "grpc-timeout": text });
    expect(headers).toMatchObject({ "grpc-status": String(Code.INTERNAL) });
    expect(headers["grpc-message"]).toContain("malformed grpc-timeout");
    expect(calls).toBe(0);
  },
);

it("D3 half a second in a service config is 500 ms", async () => {
  const serviceConfig = { methodConfig: [{ name: [{}], timeout: "0.5s" as const }] };
  const { "grpc-timeout": sent } = await headersSent({}, { serviceConfig });
  const microseconds = Number(/^(\d+)u$/.exec(String(sent))?.[1] ?? 0);
  // What is left of it when the connection is there.
  expect(microseconds).toBeGreaterThan(0);
  expect(microseconds).toBeLessThanOrEqual(500_000);
});

it("D4 size limits of a service config hold, by their names in the specification", async () => {
  const echo = { unary: ({ text }: { text: string }) => ({ text: text.repeat(2) }) };
  const limits = { maxRequestMessageBytes: 50, maxResponseMessageBytes: 60 };
  const serviceConfig = { methodConfig: [{ name: [{}], ...limits }] };
  const { client } = startPair(echo, { channel: { serviceConfig } });
  await expect(client.unary(requestOf(20))).resolves.toBeDefined();
  const sent = await failureOf(client.unary(requestOf(51)));
  expect([sent.code, sent.message]).toEqual([8, expect.stringContaining("51 bytes exceeds")]);
  const received = await failureOf(client.unary(requestOf(40)));
  expect([received.code, received.message]).toEqual([8, expect.stringContaining("limit of 60")]);
});

it("D5 waitForReady of a service config makes calls wait", async () => {
  const serviceConfig = { methodConfig: [{ name: [{}], waitForReady: true }] };
  const server = createServer({ log: silentLog }).addService(TestService, { unary: () => ({}) });
  closeLater(() => server.shutdown({ graceMs: 0 }));
  /** A dialer that fails twice. */
  const connectLate = () => {
    let dials = 0;
    return async () => {
      if (++dials < 3) throw new Error("not yet");
      const [near, far] = createMemoryPair();
      server.accept(far);
      return near;
    };
  };
  const backoff = { initialMs: 5, jitter: 0 };
  const hasty = open("ipv4:127.0.0.1:1", { connect: connectLate(), backoff }).client;
  expect((await failureOf(hasty.unary({}))).code).toBe(Code.UNAVAILABLE);
  const options = { connect: connectLate(), backoff, serviceConfig };
  await expect(open("ipv4:127.0.0.1:1", options).client.unary({})).resolves.toBeDefined();
});

it("D6 a service config that comes with the addresses is in force from the first call on", async () => {
  const { target } = await startScript((stream) => answer(stream));
  const [host = "", port] = target.split(":");
  const resolver = createManualResolver();
  resolver.update({
    endpoints: [{ addresses: [{ kind: "tcp", host, port: Number(port) }] }],
    serviceConfig: { methodConfig: [{ name: [{}], maxRequestMessageBytes: 5 }] },
  });
  const { client } = open("manual:users", { resolvers: { manual: resolver } });
  expect((await failureOf(client.unary(requestOf(6)))).code).toBe(Code.RESOURCE_EXHAUSTED);
});

it("D7 pick_first shuffles two addresses as well as many", async () => {
  const serviceConfig = { loadBalancingConfig: [{ pick_first: { shuffleAddressList: true } }] };
  const firsts = new Set<number>();
  for (let i = 0; i < 60 && firsts.size < 2; i++) {
    const first = await new Promise<number>((resolve) => {
      const { channel } = open("ipv4:127.0.0.1:1,127.0.0.1:2", {
        serviceConfig,
        connect: (address) => {
          resolve(address.kind === "tcp" ? address.port : 0);
          return never();
        },
      });
      channel.connect();
    });
    firsts.add(first);
  }
  expect([...firsts].sort()).toEqual([1, 2]);
});

describe("D8 a peer that takes the connection and says nothing", () => {
  it("costs a client no more than the connect timeout", async () => {
    const connect = async () => createMemoryPair()[0];
    const { client } = open("ipv4:127.0.0.1:1", { connect, connectTimeoutMs: 40 });
    const failure = await failureOf(client.unary({}));
    expect(failure.code).toBe(Code.UNAVAILABLE);
    expect(failure.message).toContain("within the connect timeout of 40 ms");
  });

  it("is let go of by a server", async () => {
    const server = createServer({ log: silentLog, handshakeTimeoutMs: 40 });
    const { port } = await server.listen();
    closeLater(() => server.shutdown({ graceMs: 0 }));
    const socket = connectNet(port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.on("close", resolve));
    expect(server.stats().openConnections).toBe(0);
  });
});

it("D9 a server that is sent ping after ping says too_many_pings and leaves", async () => {
  const server = createServer({ log: silentLog });
  const { port } = await server.listen();
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  closeLater(async () => {
    session.destroy();
    await server.shutdown({ graceMs: 0 });
  });
  const told = new Promise<[number, string]>((resolve) => {
    session.on("goaway", (code, _last, data) => resolve([code, String(data)]));
  });
  session.on("connect", () => {
    const ping = (): void => {
      if (!session.destroyed) session.ping(() => setImmediate(ping));
    };
    ping();
  });
  const [code, text] = await told;
  expect(code).toBe(http2.constants.NGHTTP2_ENHANCE_YOUR_CALM);
  expect(text).toContain("too_many_pings");
});

describe("D10 half a pair of surrogates in a status", () => {
  const broken = "\uDC00 half";

  it.each(["0", "1"])("does not harm a server, with the head sent or not: %s", async (late) => {
    const wire = await WireClient.start({
      unary: (_request, call) => {
        if (call.metadata.get("x-late") === "1") call.sendHeaders();
        throw new RpcError(Code.ABORTED, broken);
      },
    });
    const { headers, trailers } = await wire.call({ "x-late": late });
    expect(trailers ?? headers).toMatchObject({
      "grpc-status": String(Code.ABORTED),
      "grpc-message": "%EF%BF%BD half",
    });
    expect((await wire.call({ "x-late": late })).rstCode).toBe(0);
  });

  it("is read by a client as what it has become", async () => {
    const { client } = startPair({
      unary: () => {
        throw new RpcError(Code.ABORTED, broken);
      },
    });
    expect((await failureOf(client.unary({}))).message).toBe("\uFFFD half");
  });
});

describe("D11 the protocol's own names among metadata", () => {
  it("cannot be set on a server, nor sent on from elsewhere", async () => {
    const wire = await WireClient.start({
      unary: (_request, call) => {
        for (const name of ["grpc-status", "grpc-message"]) {
          expect(() => call.responseTrailers.set(name, "13")).toThrow(UsageError);
        }
        call.responseTrailers.merge(Metadata.fromEntries(["grpc-status", "13", "x-ok", "1"]));
        return {};
      },
    });
    const { trailers } = await wire.call({});
    expect(trailers).toMatchObject({ "grpc-status": "0", "x-ok": "1" });
  });

  it("are not shown to a client's user", async () => {
    const { client } = await startScript((stream) =>
      answerTrailersOnly(stream, { "grpc-status": "5", "grpc-message": "no", "x-ok": "1" }),
    );
    const failure = await failureOf(client.unary({}));
    expect(failure.code).toBe(Code.NOT_FOUND);
    expect([...failure.metadata].map(([name]) => name)).toEqual(
      expect.not.arrayContaining(["grpc-status", "grpc-message", ":status", "content-type"]),
    );
    expect(failure.metadata.get("x-ok")).toBe("1");
  });
});

describe("D12 messages with marks that URLs know", () => {
  const text = "bad field: a/b, c? #1 & 100%";

  it("a client decodes whatever was encoded", async () => {
    const sent = "bad field%3A a%2Fb%2C c%3F %231 %26 100%25";
    const { client } = await startScript((stream) =>
      answerTrailersOnly(stream, { "grpc-status": "3", "grpc-message": sent }),
    );
    expect((await failureOf(client.unary({}))).message).toBe(text);
  });

  it("a server encodes no more than it must", async () => {
    const wire = await WireClient.start({
      unary: () => {
        throw new RpcError(Code.INVALID_ARGUMENT, text);
      },
    });
    const { headers } = await wire.call({});
    expect(headers["grpc-message"]).toBe("bad field: a/b, c? #1 & 100%25");
  });
});
