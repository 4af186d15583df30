// Limits of messages and metadata, said for a server, a service, a method, a channel, a client, a call.
import { Code, type Interceptor, Metadata, RpcError } from "@trunkline/client";
import { afterEach, describe, expect, it } from "vitest";
import { closeAll, failureOf, type PairOptions, requestOf, startPair } from "./pair.js";
import { answer, startScript, WireClient } from "./wire.js";

afterEach(closeAll);

const passing: Interceptor = (call, next) => next(call);
const echo = { unary: ({ text }: { text: string }) => ({ text }) };

describe.each([
  ["without interceptors", {}],
  ["with interceptors on both sides", { interceptors: [passing] }],
])("messages, %s", (_name, interceptors) => {
  const start = (options: PairOptions) =>
    startPair(echo, {
      ...options,
      server: { ...options.server, ...interceptors },
      channel: { ...options.channel, ...interceptors },
    }).client;

  const limit = (bytes: number) => ({ maxReceiveMessageBytes: bytes });
  const sendLimit = (bytes: number) => ({ maxSendMessageBytes: bytes });

  it.each<[string, PairOptions]>([
    ["server", { server: limit(100) }],
    ["service", { server: limit(9), service: limit(100) }],
    ["method", { server: limit(9), service: { ...limit(8), methods: { unary: limit(100) } } }],
  ])(
    "requests above the limit of the %s are refused, those of its size are not",
    async (_at, options) => {
      const client = start(options);
      await expect(client.unary(requestOf(100))).resolves.toBeDefined();
      const failure = await failureOf(client.unary(requestOf(101)));
      expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
      expect(failure.message).toBe(
        "request of /trunkline.test.v1.TestService/Unary: received message of 101 bytes exceeds the limit of 100 bytes (the server's maxReceiveMessageBytes)",
      );
    },
  );

  it.each<[string, PairOptions]>([
    ["server", { server: sendLimit(100) }],
    ["service", { server: sendLimit(9), service: sendLimit(100) }],
    ["method", { service: { ...sendLimit(8), methods: { unary: sendLimit(100) } } }],
  ])("responses above the limit of the %s are not sent", async (_at, options) => {
    const client = start(options);
    await expect(client.unary(requestOf(100))).resolves.toBeDefined();
    const failure = await failureOf(client.unary(requestOf(101)));
    expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(failure.message).toBe(
      "response of /trunkline.test.v1.TestService/Unary: message of 101 bytes exceeds the send limit of 100 bytes (option maxSendMessageBytes)",
    );
  });

  it.each<[string, PairOptions, object]>([
    ["channel", { channel: limit(100) }, {}],
    ["client", { channel: limit(9), client: limit(100) }, {}],
    ["method", { client: { ...limit(9), methods: { unary: limit(100) } } }, {}],
    ["call", { client: { ...limit(9), methods: { unary: limit(8) } } }, limit(100)],
  ])("responses above the limit of the %s fail the call", async (_at, options, ofCall) => {
    const client = start(options);
    await expect(client.unary(requestOf(100), ofCall)).resolves.toBeDefined();
    const failure = await failureOf(client.unary(requestOf(101), ofCall));
    expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(failure.message).toContain(
      "received message of 101 bytes exceeds the limit of 100 bytes (option maxReceiveMessageBytes)",
    );
  });

  it.each<[string, PairOptions, object]>([
    ["channel", { channel: sendLimit(100) }, {}],
    ["client", { channel: sendLimit(9), client: sendLimit(100) }, {}],
    ["method", { client: { ...sendLimit(9), methods: { unary: sendLimit(100) } } }, {}],
    ["call", { client: { ...sendLimit(9), methods: { unary: sendLimit(8) } } }, sendLimit(100)],
  ])("requests above the limit of the %s are not sent", async (_at, options, ofCall) => {
    const client = start(options);
    await expect(client.unary(requestOf(100), ofCall)).resolves.toBeDefined();
    const failure = await failureOf(client.unary(requestOf(101), ofCall));
    expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(failure.message).toBe(
      "request of /trunkline.test.v1.TestService/Unary: message of 101 bytes exceeds the send limit of 100 bytes (option maxSendMessageBytes)",
    );
  });

  it("the limits hold for each message of a stream", async () => {
    const { client } = startPair(
      {
        async *chat(requests) {
          for await (const { text } of requests) yield { text: text.repeat(2) };
        },
      },
      { server: { ...sendLimit(50), ...interceptors }, channel: { ...interceptors } },
    );
    const received: number[] = [];
    const reading = (async () => {
      for await (const { text } of client.chat([{ text: "a" }, { text: "b".repeat(30) }])) {
        received.push(text.length);
      }
    })();
    expect((await failureOf(reading)).message).toContain("62 bytes exceeds the send limit of 50");
    expect(received).toEqual([2]);
    const tooLarge = client.chat([{ text: "c".repeat(99) }], sendLimit(10));
    expect((await failureOf(tooLarge)).message).toContain("101 bytes exceeds the send limit of 10");
  });

  const config = (limits: object) => ({
    serviceConfig: { methodConfig: [{ name: [{}], ...limits }] },
  });
  const large = { text: "x".repeat(4_194_304) };

  it.each<[string, PairOptions, object, number]>([
    ["nobody", { channel: config({ maxResponseMessageBytes: 100 }) }, {}, 100],
    [
      "the channel",
      { channel: { ...limit(150), ...config({ maxResponseMessageBytes: 100 }) } },
      {},
      100,
    ],
    [
      "the client",
      { channel: config({ maxResponseMessageBytes: 100 }), client: limit(1e9) },
      {},
      100,
    ],
    ["the call", { channel: config({ maxResponseMessageBytes: 100 }) }, limit(101), 100],
    ["nobody, nothing being allowed", { channel: config({ maxResponseMessageBytes: 0 }) }, {}, 0],
  ])(
    "a service config's limit of responses counts below that of %s",
    async (_who, options, ofCall, most) => {
      const client = start(options);
      const [fits, tooLarge] =
        most === 0 ? [{}, requestOf(4)] : [requestOf(most), requestOf(most + 1)];
      await expect(client.unary(fits, ofCall)).resolves.toBeDefined();
      const failure = await failureOf(client.unary(tooLarge, ofCall));
      expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
      expect(failure.message).toMatch(
        new RegExp(
          `exceeds the limit of ${most} bytes \\(maxResponseMessageBytes of the service config\\)$`,
        ),
      );
    },
  );

  it("a service config raises the default limit of responses, but none that somebody has named", async () => {
    const raised = config({ maxResponseMessageBytes: 5_000_000 });
    const server = limit(Number.POSITIVE_INFINITY);
    await expect(start({ server, channel: raised }).unary(large)).resolves.toBeDefined();
    const named = [
      () => start({ server, channel: { ...raised, ...limit(4_194_304) } }).unary(large),
      () => start({ server, channel: raised, client: limit(4_194_304) }).unary(large),
      () => start({ server, channel: raised }).unary(large, limit(4_194_304)),
      () => start({ server }).unary(large),
    ];
    for (const call of named) {
      expect((await failureOf(call())).message).toContain(
        "exceeds the limit of 4194304 bytes (option maxReceiveMessageBytes)",
      );
    }
  });

  it("a service config's limit of requests counts where it is the lower one, and is named", async () => {
    const channel = config({ maxRequestMessageBytes: 100 });
    for (const ofCall of [{}, sendLimit(101), sendLimit(Number.POSITIVE_INFINITY)]) {
      const client = start({ channel });
      await expect(client.unary(requestOf(100), ofCall)).resolves.toBeDefined();
      expect((await failureOf(client.unary(requestOf(101), ofCall))).message).toBe(
        "request of /trunkline.test.v1.TestService/Unary: message of 101 bytes exceeds the send limit of 100 bytes (maxRequestMessageBytes of the service config)",
      );
    }
    const lower = await failureOf(start({ channel }).unary(requestOf(51), sendLimit(50)));
    expect(lower.message).toContain("limit of 50 bytes (option maxSendMessageBytes)");
  });

  it.each([
    ["receive", limit],
    ["send", sendLimit],
  ])(
    "a %s limit of 0 lets empty messages pass, and Infinity is none, on either side",
    async (_which, of) => {
      for (const options of [
        { server: of(0) },
        { service: of(0) },
        { channel: of(0) },
        { client: of(0) },
      ]) {
        const client = start(options);
        await expect(client.unary({})).resolves.toBeDefined();
        expect((await failureOf(client.unary(requestOf(4)))).message).toContain("limit of 0 bytes");
      }
      const none = of(Number.POSITIVE_INFINITY);
      const both = limit(Number.POSITIVE_INFINITY);
      const client = start({ server: { ...both, ...none }, channel: { ...both, ...none } });
      await expect(client.unary(large)).resolves.toBeDefined();
    },
  );

  it.each([-1, 1.5, Number.NaN, "9"])(
    "the limit %s of a call is refused at once",
    async (value) => {
      const client = start({});
      for (const options of [limit(value as number), sendLimit(value as number)]) {
        expect(() => client.unary({}, options)).toThrow("must be a whole number of bytes");
        expect(() => client.chat([], options)).toThrow("must be a whole number of bytes");
      }
    },
  );

  it("a limit that is left undefined leaves the one above it in force", async () => {
    const client = start({ client: limit(10) });
    const failure = await failureOf(
      client.unary(requestOf(11), { maxReceiveMessageBytes: undefined }),
    );
    expect(failure.message).toContain("limit of 10 bytes");
  });
});

describe("metadata", () => {
  /** Metadata that makes a list of request headers roughly so large. */
  const large = (byteCount: number) => ({ metadata: { "x-large": "v".repeat(byteCount) } });

  it("request headers above the hard limit of the server: RESOURCE_EXHAUSTED with both numbers", async () => {
    // The client would not send what the server says it does not take; so it must not know yet.
    const { client } = startPair(echo, { server: { maxHeaderListBytes: 2048 } });
    const failure = await failureOf(client.unary({}, large(3000)));
    expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(failure.message).toMatch(/header list of 3\d{3} bytes: the peer takes 2048/);
    await expect(client.unary({ text: "ok" })).resolves.toMatchObject({ text: "ok" });
  });

  it("more fields than the server takes: the error says so, and how many it takes", async () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${i}`, "1"]));
    const { client } = startPair(echo, { server: { limits: { maxHeaderFields: 30 } } });
    const failure = await failureOf(client.unary({}, { metadata: many }));
    expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(failure.message).toMatch(
      /^request headers of \d+ bytes have more than 30 fields \(the server's limits\.maxHeaderFields\)$/,
    );
    const { client: fewer } = startPair(echo, { channel: { limits: { maxHeaderFields: 30 } } });
    await expect(fewer.unary({}, { metadata: many })).resolves.toBeDefined();
    const { client: taking } = startPair(
      {
        unary: (_request, call) => {
          call.responseTrailers.merge(call.metadata);
          return {};
        },
      },
      { channel: { limits: { maxHeaderFields: 30 } } },
    );
    const received = await failureOf(taking.unary({}, { metadata: many }));
    expect(received.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(received.message).toContain("more than 30 fields (maxHeaderFields)");
  });

  it.each([
    ["metadata", { metadata: new Metadata({ x: "v".repeat(20_000) }) }, "no such user"],
    ["message", {}, "m".repeat(20_000)],
  ])(
    "an error whose %s the client does not take keeps its code, and what fits",
    async (what, options, message) => {
      const { client } = startPair({
        unary: () => {
          throw new RpcError(Code.NOT_FOUND, message, options);
        },
      });
      const failure = await failureOf(client.unary({}));
      expect(failure.code).toBe(Code.NOT_FOUND);
      const why =
        /trailers cannot be sent: sending a header list of 20\d{3} bytes: the peer takes 16384/;
      expect(failure.message).toMatch(why);
      expect(failure.message.startsWith("no such user (")).toBe(what === "metadata");
    },
  );

  it("between the soft and the hard limit some calls fail, and say why", async () => {
    const { client } = startPair(echo);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 200 }, () => client.unary({}, large(12_000))),
    );
    const failures = outcomes.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
    // The list has 12.3 of 8 to 16 KiB, so one half fails; 200 in a row of one kind do not happen.
    expect(failures.length).toBeGreaterThan(40);
    expect(failures.length).toBeLessThan(160);
    for (const failure of failures) {
      expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
      expect(failure.message).toMatch(
        /^request headers of 12\d{3} bytes.* exceed the soft limit of 8192 bytes \(the server's softHeaderListBytes/,
      );
    }
  });

  it("below the soft limit none fails, nor above it once it is switched off", async () => {
    const { client } = startPair(echo, { server: { softHeaderListBytes: 16_384 } });
    const calls = Array.from({ length: 50 }, () => client.unary({}, large(15_000)));
    await expect(Promise.all(calls)).resolves.toHaveLength(50);
  });

  it.each(["responseHeaders", "responseTrailers"] as const)(
    "%s between the limits of the channel fail some calls, and those above never get there",
    async (where) => {
      const { client } = startPair({
        unary: ({ text }, call) => {
          call[where].set("x-large", "v".repeat(Number(text)));
          return {};
        },
      });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 200 }, () => client.unary({ text: "12000" })),
      );
      const failures = outcomes.flatMap((it) => (it.status === "rejected" ? [it.reason] : []));
      expect(failures.length).toBeGreaterThan(40);
      expect(failures.length).toBeLessThan(160);
      const what = where === "responseHeaders" ? "response headers" : "trailers";
      for (const failure of failures) {
        expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
        expect(failure.message).toContain(`${what} of 12`);
        expect(failure.message).toContain("the channel's softHeaderListBytes");
      }
      const above = await failureOf(client.unary({ text: "17000" }));
      expect(above.code).toBe(Code.RESOURCE_EXHAUSTED);
      expect(above.message).toMatch(/header list of 17\d{3} bytes: the peer takes 16384/);
    },
  );

  it("a client that sends more than the hard limit gets one block that says which limit", async () => {
    const wire = await WireClient.start(echo, { maxHeaderListBytes: 2048 });
    const { headers, trailers, rstCode } = await wire.call({ "x-large": "v".repeat(3000) });
    expect(headers).toMatchObject({
      ":status": 200,
      "grpc-status": String(Code.RESOURCE_EXHAUSTED),
    });
    expect(headers["grpc-message"]).toMatch(
      /^request headers of 3\d{3} bytes.* exceed the hard limit of 2048 bytes \(the server's maxHeaderListBytes\)$/,
    );
    expect([trailers, rstCode]).toEqual([undefined, 0]);
    const next = await wire.call({});
    expect(next.trailers).toMatchObject({ "grpc-status": "0" });
  });

  it("trailers above the hard limit of the channel end the call with RESOURCE_EXHAUSTED", async () => {
    const { client } = await startScript((stream) =>
      answer(stream, { "grpc-status": "0", "x-large": "v".repeat(20_000) }),
    );
    const failure = await failureOf(client.unary({}));
    expect(failure.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(failure.message).toMatch(/header list of 20\d{3} bytes, maxHeaderListBytes is 16384/);
  });
});
