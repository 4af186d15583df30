// Metadata between a server and a client: what arrives, what is dropped and told of, what nobody may set or see.
import {
  Code,
  createChannel,
  createClient,
  type Interceptor,
  type Log,
  Metadata,
  openRaw,
  silentLog,
  type TlsChannelOptions,
  tlsChannelCredentials,
} from "@trunkline/client";
import { createServer, type ServerCall, tlsServerCredentials } from "@trunkline/server";
import { createAuthority } from "@trunkline/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { closeAll, closeLater, failureOf, startPair } from "./pair.js";
import { answer, startScript, WireClient } from "./wire.js";

afterEach(closeAll);

/** A log that keeps its warnings. */
function keepWarnings(): { log: Log; warnings: unknown[] } {
  const warnings: unknown[] = [];
  return { log: { ...silentLog, warn: (_text, fields) => warnings.push(fields) }, warnings };
}

/** What a handler sees of its metadata, without the user agent. */
const entriesOf = (call: ServerCall): unknown[] =>
  [...call.metadata].filter(([name]) => name !== "user-agent");

it("order, duplicates, bytes and case go there and back", async () => {
  const sent = new Metadata([
    ["Trace-Bin", new Uint8Array([0, 255])],
    ["x-a", "1"],
    ["X-B", "two"],
    ["x-a", "3, 4"],
    ["trace-bin", new Uint8Array(0)],
  ]);
  let seen: unknown[] = [];
  const { client } = startPair({
    unary: (_request, call) => {
      seen = entriesOf(call);
      expect(call.metadata.get("X-A")).toBe("1");
      call.responseHeaders.merge(call.metadata);
      call.responseTrailers.append("x-t", "1").append("x-t", "2");
      return {};
    },
  });
  let headers: Metadata | undefined;
  let trailers: Metadata | undefined;
  await client.unary(
    {},
    {
      metadata: sent,
      onHeader: (it) => {
        headers = it;
      },
      onTrailer: (it) => {
        trailers = it;
      },
    },
  );
  expect(seen).toEqual([...sent]);
  // The server sends no user agent on, though it was among the request's metadata.
  expect([...(headers ?? [])]).toEqual([...sent]);
  expect(trailers?.getAll("x-t")).toEqual(["1", "2"]);
});

it("typed keys know their values' types", () => {
  const metadata = new Metadata({ "x-bin": new Uint8Array([1]), text: "a" });
  const bytes: Uint8Array | undefined = metadata.get("x-bin");
  const text: string | undefined = metadata.get("text");
  expect([bytes, text]).toEqual([new Uint8Array([1]), "a"]);
  // @ts-expect-error text under a binary name
  expect(() => metadata.set("x-bin", "text")).toThrow("takes bytes");
  // @ts-expect-error bytes under a text name
  expect(() => metadata.set("text", new Uint8Array(1))).toThrow("takes text");
});

it.each([
  ":path",
  "grpc-status",
  "grpc-message",
  "grpc-timeout",
  "te",
  "content-type",
  "user-agent",
])("nobody may set %s", (name) => {
  expect(() => new Metadata().set(name, "1")).toThrow("reserved by the protocol");
  const { client } = startPair({});
  expect(() => client.unary({}, { metadata: { [name]: "1" } })).toThrow("reserved");
});

describe("from the wire", () => {
  it("a handler sees no field of the protocol, and base64 of every kind", async () => {
    let seen: unknown[] = [];
    const wire = await WireClient.start({
      unary: (_request, call) => {
        seen = entriesOf(call);
        return {};
      },
    });
    await wire.call({
      "grpc-timeout": "10S",
      "grpc-accept-encoding": "identity",
      "grpc-something-new": "1",
      "a-bin": "AAE=",
      "b-bin": "AAE",
      "c-bin": "AAE=,AQ",
      "x-text": "ok",
    });
    const [one, two] = [new Uint8Array([0, 1]), new Uint8Array([1])];
    expect(seen).toEqual([
      ["a-bin", one],
      ["b-bin", one],
      ["c-bin", one],
      ["c-bin", two],
      ["x-text", "ok"],
    ]);
  });

  it("what is no metadata is dropped, and told of once for a connection", async () => {
    const { log, warnings } = keepWarnings();
    let seen: unknown[] = [];
    const unary = (_request: unknown, call: ServerCall) => {
      seen = entriesOf(call);
      return {};
    };
    const wire = await WireClient.start({ unary }, { log });
    for (let i = 0; i < 5; i++) {
      const { trailers } = await wire.call({ "bad-bin": "§", "x-good": "1", "x-umlaut": "\u00fc" });
      expect(trailers).toMatchObject({ "grpc-status": "0" });
    }
    expect(seen).toEqual([["x-good", "1"]]);
    expect(warnings).toEqual([
      {
        peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        name: expect.stringMatching(/^(bad-bin|x-umlaut)$/),
        why: expect.stringMatching(/not base64|printable ASCII/),
      },
    ]);
  });

  it("a client drops and tells likewise", async () => {
    const { log, warnings } = keepWarnings();
    const { target } = await startScript((stream) =>
      answer(stream, { "grpc-status": "0", "x-t": "1" }, { "bad-bin": "*", "x-h": "1" }),
    );
    const channel = createChannel(target, { log });
    closeLater(() => channel.close());
    const client = createClient(TestService, channel);
    const seen: unknown[] = [];
    const note = (metadata: Metadata): unknown => seen.push(...metadata);
    for (let i = 0; i < 3; i++) await client.unary({}, { onHeader: note, onTrailer: note });
    const own = seen.filter((entry) => (entry as string[])[0]?.startsWith("x-"));
    expect(own).toHaveLength(6);
    expect(JSON.stringify(seen)).not.toContain("grpc-status");
    expect(warnings).toEqual([{ peer: target, name: "bad-bin", why: "its value is not base64" }]);
  });
});

it("response headers reach the client as soon as the handler sends them", async () => {
  let answerNow: () => void = () => {};
  const { client } = startPair({
    unary: (_request, call) => {
      call.responseHeaders.set("x-early", "1");
      call.sendHeaders();
      return new Promise((resolve) => {
        answerNow = () => resolve({ text: "done" });
      });
    },
  });
  let call: Promise<{ text: string }> | undefined;
  const early = await new Promise<Metadata>((resolve) => {
    call = client.unary({}, { onHeader: resolve });
  });
  expect(early.get("x-early")).toBe("1");
  answerNow();
  expect((await call)?.text).toBe("done");
});

it("user agent and authority are what the channel says", async () => {
  const server = createServer({ log: silentLog });
  let agent: string | undefined;
  server.addService(TestService, {
    unary: (_request, call) => {
      agent = call.metadata.get("user-agent") as string | undefined;
      return {};
    },
  });
  const { address } = await server.listen();
  const plain = createChannel(address);
  const named = createChannel(address, { userAgent: "shop/1.2" });
  closeLater(async () => {
    await Promise.all([plain.close(), named.close()]);
    await server.shutdown();
  });
  await createClient(TestService, plain).unary({});
  expect(agent).toMatch(/^grpc-node-trunkline\/\d/);
  await createClient(TestService, named).unary({});
  expect(agent).toMatch(/^shop\/1\.2 grpc-node-trunkline\/\d/);

  const authorities: unknown[] = [];
  const { target } = await startScript((stream, headers) => {
    authorities.push(headers[":authority"]);
    answer(stream);
  });
  for (const options of [{}, { authority: "users.internal:8443" }]) {
    const channel = createChannel(target, options);
    closeLater(() => channel.close());
    await createClient(TestService, channel).unary({});
  }
  expect(authorities).toEqual([target, "users.internal:8443"]);
  expect(() => createChannel(target, { authority: "a/b" })).toThrow("option authority");
});

describe.each([
  ["without interceptors", []],
  ["with interceptors", [((call, next) => next(call)) satisfies Interceptor]],
])("the authority of a single call, %s", (_name, interceptors) => {
  it("takes the place of the channel's, for calls of all kinds", async () => {
    const seen: unknown[] = [];
    const { target } = await startScript((stream, headers) => {
      seen.push([headers[":authority"], headers.host, headers["x-a"]]);
      answer(stream);
    });
    const channel = createChannel(target, { authority: "all.example", interceptors });
    closeLater(() => channel.close());
    const client = createClient(TestService, channel);
    const [authority, metadata] = ["one.example:1", { "x-a": "1" }];
    await client.unary({}, { authority });
    await client.unary({}, { authority, metadata, timeoutMs: 5000 });
    await client.upload([], { authority: "[::1]:2" });
    for await (const _ of client.download({}, { authority: "three" }));
    for await (const _ of client.chat([], { authority: "four" }));
    await openEnd(openRaw(channel, "/a.B/C", { authority: "five" }));
    await client.unary({}, { authority: undefined });
    expect(seen).toEqual([
      [authority, undefined, undefined],
      [authority, undefined, "1"],
      ["[::1]:2", undefined, undefined],
      ["three", undefined, undefined],
      ["four", undefined, undefined],
      ["five", undefined, undefined],
      ["all.example", undefined, undefined],
    ]);
  });

  it.each(["", "a b", "a/b", "user@host", "a\r\nx: y", "\u00fc"])(
    "%j is refused at once",
    (authority) => {
      const { client } = startPair({}, { channel: { interceptors } });
      expect(() => client.unary({}, { authority })).toThrow("option authority");
    },
  );

  it("must be in the server's certificate under TLS", async () => {
    const ca = createAuthority();
    const server = createServer({ log: silentLog });
    server.addService(TestService, { unary: () => ({ text: "ok" }) });
    const identity = ca.issue("x", ["localhost", "other.example"]);
    const { port } = await server.listen({ credentials: tlsServerCredentials(identity) });
    closeLater(() => server.shutdown({ graceMs: 0 }));
    const start = (options: TlsChannelOptions) => {
      const credentials = tlsChannelCredentials({ ca: ca.cert, ...options });
      const channel = createChannel(`localhost:${port}`, {
        credentials,
        interceptors,
        log: silentLog,
      });
      closeLater(() => channel.close());
      return createClient(TestService, channel);
    };
    const verifying = start({});
    for (const authority of ["other.example", "other.example:444", "LOCALHOST"]) {
      await expect(verifying.unary({}, { authority })).resolves.toMatchObject({ text: "ok" });
    }
    for (const authority of ["evil.example", "127.0.0.1:1", "sub.other.example"]) {
      const failure = await failureOf(verifying.unary({}, { authority, waitForReady: true }));
      expect(failure.code).toBe(Code.UNAVAILABLE);
      expect(failure.message).toMatch(/may not be called as ".+" \(option authority\): .*altnames/);
    }
    await expect(verifying.unary({})).resolves.toMatchObject({ text: "ok" });
    const authority = "evil.example";
    await expect(start({ verify: false }).unary({}, { authority })).resolves.toBeDefined();
    await expect(
      start({ serverName: "localhost" }).unary({}, { authority }),
    ).resolves.toBeDefined();
    const pinned = start({
      verifyServer: (name) => (name === "localhost" ? undefined : new Error("no pin")),
    });
    expect((await failureOf(pinned.unary({}, { authority: "other.example" }))).message).toContain(
      "no pin",
    );
  });
});

/** Ends a call driven by hand, whatever becomes of it. */
async function openEnd(call: { closeSend(): void; trailers: Promise<unknown> }): Promise<void> {
  call.closeSend();
  await call.trailers;
}
