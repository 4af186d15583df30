// Situations in which gRPC libraries have gone wrong, by number, and what is right in each, on both ends where it has
// two: D13 to D26.
import http2 from "node:http2";
import { type ChannelOptions, Code, silentLog, tlsChannelCredentials } from "@trunkline/client";
import { createServer, tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { TestService } from "../gen/trunkline/test/v1/test_service_pb.js";
import { closeAll, closeLater, failureOf, requestOf, startPair } from "../pair.js";
import { answerTrailersOnly, envelope, startScript, WireClient } from "../wire.js";
import { day, headersSent, never, open } from "./scenes.js";

afterEach(closeAll);

describe("TLS", () => {
  const authority = createAuthority();
  const ca = authority.cert;

  /** A server with a certificate for other hosts than its own, or for its own. */
  async function serve(hosts: string[], more: object = {}): Promise<string> {
    const server = createServer({ log: silentLog });
    server.addService(TestService, {
      unary: (_request, call) => ({ text: String(call.peer.tls?.commonName) }),
    });
    const credentials = tlsServerCredentials({ ...authority.issue("server", hosts), ...more });
    closeLater(() => server.shutdown({ graceMs: 0 }));
    return (await server.listen({ credentials })).address;
  }

  const openTls = (target: string, options: object) =>
    open(target, { credentials: tlsChannelCredentials({ ca, ...options }) }).client;

  it("D13 a check of one's own comes on top of the host's name, not in its place", async () => {
    const target = await serve(["elsewhere.example"]);
    const refused = openTls(target, { verifyServer: () => undefined });
    expect((await failureOf(refused.unary({}))).code).toBe(Code.UNAVAILABLE);
    const named = { serverName: "elsewhere.example", verifyServer: () => undefined };
    await expect(openTls(target, named).unary({})).resolves.toBeDefined();
  });

  it("D14 a channel that checks certificates never uses a connection that another did not check", async () => {
    const target = await serve(["elsewhere.example"]);
    const lax = openTls(target, { verify: false });
    await expect(lax.unary({})).resolves.toBeDefined();
    expect((await failureOf(openTls(target, {}).unary({}))).code).toBe(Code.UNAVAILABLE);
    await expect(lax.unary({})).resolves.toBeDefined();
  });

  it("D25 a server shows its own certificate and checks clients against its CA", async () => {
    const target = await serve(["127.0.0.1"], { ca });
    const known = openTls(target, authority.issue("shop"));
    await expect(known.unary({})).resolves.toMatchObject({ text: "shop" });
    const stranger = openTls(target, createAuthority().issue("stranger"));
    expect((await failureOf(stranger.unary({}))).code).toBe(Code.UNAVAILABLE);
    expect((await failureOf(openTls(target, {}).unary({}))).code).toBe(Code.UNAVAILABLE);
  });
});

it("D15 a server that says that it speaks gzip answers with gzip", async () => {
  const text = "again and ".repeat(500);
  const wire = await WireClient.start({ unary: () => ({ text }) }, { compression: "gzip" });
  const { headers, body } = await wire.call({ "grpc-accept-encoding": "gzip" });
  expect(headers["grpc-encoding"]).toBe("gzip");
  expect(String(headers["grpc-accept-encoding"])).toContain("gzip");
  expect(body[0]).toBe(1);
  expect(body.length).toBeLessThan(text.length / 2);
});

it.each([200_000_000, 1500.5, 0.001, 99_999_999, 100_000_000, 1e12])(
  "D16 a timeout of %d ms is sent as at most eight digits and a unit",
  async (timeoutMs) => {
    const read = { timeoutMs: Math.max(timeoutMs, 1000) + (timeoutMs % 1) };
    const { "grpc-timeout": sent } = await headersSent(read);
    expect(sent).toMatch(/^\d{1,8}[HMSmun]$/);
    const { client } = startPair({ unary: (_request, call) => ({ text: String(call.deadline) }) });
    const { text } = await client.unary({}, read);
    expect(Number(text) - Date.now()).toBeGreaterThan(read.timeoutMs * 0.9 - 1000);
  },
);

it("D17 no timer overflows on either end", async () => {
  const warnings: string[] = [];
  const note = (warning: Error): unknown => warnings.push(warning.name);
  process.on("warning", note);
  const { client } = startPair({
    unary: async (_request, call) => {
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
      return { text: String(call.signal.aborted) };
    },
  });
  const replies = await Promise.all(
    [2 ** 31, 2 ** 32 + 5, 400 * day].map((timeoutMs) => client.unary({}, { timeoutMs })),
  );
  expect(replies.map(({ text }) => text)).toEqual(["false", "false", "false"]);
  process.off("warning", note);
  expect(warnings).toEqual([]);
});

describe("D18 a handler that goes on after the deadline", () => {
  it("ends no call with OK", async () => {
    let finish: (reply: object) => void = () => {};
    const wire = await WireClient.start({
      unary: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    const { headers, trailers, body } = await wire.call({ "grpc-timeout": "20m" });
    finish({ text: "late" });
    expect([headers["grpc-status"], trailers, body.length]).toEqual(["4", undefined, 0]);
  });

  it("is told by its signal why", async () => {
    let reason: unknown;
    const wire = await WireClient.start({
      unary: (_request, call) =>
        new Promise((resolve) => {
          call.signal.addEventListener("abort", () => {
            reason = call.signal.reason;
            resolve({});
          });
        }),
    });
    await wire.call({ "grpc-timeout": "20m" });
    expect(reason).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });
});

it("D19 a message that was not encoded does not hide its code", async () => {
  const { client } = await startScript((stream) =>
    answerTrailersOnly(stream, { "grpc-status": "3", "grpc-message": "100% bad" }),
  );
  const { code, message } = await failureOf(client.unary({}));
  expect([code, message]).toEqual([Code.INVALID_ARGUMENT, "100% bad"]);
});

describe("D20 who gives a call up", () => {
  it("a client resets with CANCEL, at the deadline and otherwise", async () => {
    const resets: number[] = [];
    let told: () => void = () => {};
    const { client } = await startScript((stream) => {
      stream.on("close", () => {
        resets.push(stream.rstCode ?? -1);
        told();
      });
    });
    const reset = () =>
      new Promise<void>((resolve) => {
        told = resolve;
      });
    const first = reset();
    await failureOf(client.unary({}, { timeoutMs: 500 }));
    await first;
    const second = reset();
    const controller = new AbortController();
    const call = failureOf(client.unary({}, { signal: controller.signal }));
    while (resets.length < 2) {
      await new Promise(setImmediate);
      controller.abort();
    }
    await Promise.all([call, second]);
    expect(resets).toEqual([http2.constants.NGHTTP2_CANCEL, http2.constants.NGHTTP2_CANCEL]);
  });
});

it("D21 AbortSignal.timeout is a deadline", async () => {
  const { client } = startPair({ unary: never, upload: async () => ({}) });
  await client.upload([]);
  const failure = await failureOf(client.unary({}, { signal: AbortSignal.timeout(20) }));
  expect(failure.code).toBe(Code.DEADLINE_EXCEEDED);
});

describe("D22 without a word, messages of more than 4 MiB are refused", () => {
  const most = 4_194_304;
  const echo = { unary: ({ text }: { text: string }) => ({ text }) };

  it("by a server", async () => {
    const { client } = startPair(echo, { channel: { maxReceiveMessageBytes: most * 2 } });
    await expect(client.unary(requestOf(most))).resolves.toBeDefined();
    expect((await failureOf(client.unary(requestOf(most + 1)))).message).toContain(String(most));
  });

  it("by a client", async () => {
    const { client } = startPair(echo, { server: { maxReceiveMessageBytes: most * 2 } });
    expect((await failureOf(client.unary(requestOf(most + 1)))).message).toContain(String(most));
  });
});

it("D23 a timeout goes over the wire, whoever said it", async () => {
  for (const channel of [{}, { interceptors: [(call, next) => next(call)] } as ChannelOptions]) {
    const { "grpc-timeout": sent } = await headersSent({ timeoutMs: 60_000 }, channel);
    expect(sent).toMatch(/^\d{8}u$/);
  }
  const { "grpc-timeout": sent } = await headersSent({}, { defaultTimeoutMs: 60_000 });
  expect(sent).toMatch(/^\d{8}u$/);
});

it("D24 a server's own timeout is DEADLINE_EXCEEDED as any other", async () => {
  const wire = await WireClient.start({ unary: never }, { maxTimeoutMs: 20 });
  const { headers } = await wire.call({});
  expect(headers["grpc-status"]).toBe(String(Code.DEADLINE_EXCEEDED));
});

describe("D26 too large is RESOURCE_EXHAUSTED", () => {
  it("for a server", async () => {
    const wire = await WireClient.start({ unary: () => ({}) }, { maxReceiveMessageBytes: 10 });
    const { headers } = await wire.call({}, { text: "more than ten" });
    expect(headers["grpc-status"]).toBe(String(Code.RESOURCE_EXHAUSTED));
  });

  it("for a client", async () => {
    const { client } = await startScript((stream) => {
      stream.respond({ ":status": 200, "content-type": "application/grpc" });
      stream.write(envelope(new Uint8Array(11)));
    });
    const failure = await failureOf(client.unary({}, { maxReceiveMessageBytes: 10 }));
    expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
  });
});
