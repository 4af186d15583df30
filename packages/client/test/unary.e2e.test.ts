// Unary calls against an engine-level server: the request on the wire, the rules for responses, deadlines, cancellation.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Channel,
  type ChannelOptions,
  type Client,
  Code,
  createChannel,
  createClient,
  type Metadata,
} from "../src/index.js";
import {
  TestService,
  UnaryRequestSchema,
  UnaryResponseSchema,
} from "./gen/trunkline/test/v1/test_service_pb.js";
import { answerWith, envelope, grpcHead, RawServer, type Script } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

const reply: Uint8Array = toBinary(
  UnaryResponseSchema,
  create(UnaryResponseSchema, { text: "hello" }),
);

let server: RawServer;
let channel: Channel;

async function start(
  script: Script,
  options: ChannelOptions = {},
): Promise<Client<typeof TestService>> {
  server = new RawServer(script);
  channel = createChannel(await server.listen(), options);
  return createClient(TestService, channel);
}

function onRequest(act: Script): Script {
  let isDone = false;
  return (stream, raw) => {
    if (stream.isEnded && !isDone) {
      isDone = true;
      act(stream, raw);
    }
  };
}

afterEach(async () => {
  await channel.close();
  await server.close();
});

describe("the request", () => {
  it("carries the fields of PROTOCOL-HTTP2.md and the message", async () => {
    const client = await start(answerWith(reply), { userAgent: "app/1" });
    const response = await client.unary(
      { text: "hi" },
      { metadata: { "x-a": "1", "k-bin": new Uint8Array([1, 2, 3, 4]) }, timeoutMs: 10_000 },
    );
    expect(response.text).toBe("hello");
    expect(response.$typeName).toBe("trunkline.test.v1.UnaryResponse");
    const stream = server.streams[0]!;
    expect(stream.header(":path")).toBe("/trunkline.test.v1.TestService/Unary");
    expect(stream.header(":method")).toBe("POST");
    expect(stream.header(":scheme")).toBe("http");
    expect(stream.header(":authority")).toBe(channel.target);
    expect(stream.header("te")).toBe("trailers");
    expect(stream.header("content-type")).toBe("application/grpc");
    expect(stream.header("user-agent")).toMatch(/^app\/1 grpc-node-trunkline\/\d/);
    expect(stream.header("grpc-accept-encoding")).toMatch(/^gzip,deflate,br,(zstd,)?identity$/);
    expect(stream.header("x-a")).toBe("1");
    expect(stream.header("k-bin")).toBe("AQIDBA");
    expect(stream.header("grpc-timeout")).toMatch(/^(9|10)\d{6,7}u$/);
    expect(fromBinary(UnaryRequestSchema, stream.body.subarray(5)).text).toBe("hi");
  });

  it("sends no grpc-timeout without a deadline", async () => {
    const client = await start(answerWith(reply));
    await client.unary(create(UnaryRequestSchema, { text: "x" }));
    expect(server.streams[0]!.header("grpc-timeout")).toBeUndefined();
  });

  it("sends a message of 3 MiB, and receives one", async () => {
    const payload = new Uint8Array(3 << 20).fill(7);
    const client = await start(
      answerWith(toBinary(UnaryResponseSchema, create(UnaryResponseSchema, { payload }))),
    );
    const response = await client.unary({ payload });
    expect(Buffer.compare(response.payload, payload)).toBe(0);
    expect(fromBinary(UnaryRequestSchema, server.streams[0]!.body.subarray(5)).payload.length).toBe(
      3 << 20,
    );
  });
});

describe("metadata", () => {
  it("hands over headers and trailers", async () => {
    const client = await start(
      onRequest((stream) =>
        stream
          .head([...grpcHead, "x-h", "1"])
          .message(reply)
          .trailers(["grpc-status", "0", "t-bin", "AQI"]),
      ),
    );
    const seen: [string, Metadata][] = [];
    await client.unary(
      {},
      {
        onHeader: (headers) => seen.push(["header", headers]),
        onTrailer: (trailers) => seen.push(["trailer", trailers]),
      },
    );
    expect(seen.map(([what]) => what)).toEqual(["header", "trailer"]);
    expect(seen[0]![1].get("x-h")).toBe("1");
    expect(seen[1]![1].get("t-bin")).toEqual(new Uint8Array([1, 2]));
  });

  it("hands over the trailers of a failed call", async () => {
    const client = await start(
      onRequest((stream) =>
        stream.trailers([...grpcHead, "grpc-status", "5", "grpc-message", "no%20user", "x-t", "1"]),
      ),
    );
    let trailers: Metadata | undefined;
    const error = await failureOf(
      client.unary(
        {},
        {
          onTrailer: (received) => {
            trailers = received;
          },
        },
      ),
    );
    expect(error.code).toBe(Code.NOT_FOUND);
    expect(error.message).toBe("no user");
    expect(error.metadata.get("x-t")).toBe("1");
    expect(trailers?.get("x-t")).toBe("1");
  });
});

describe("responses that break the rules", () => {
  const cases: [string, Script, Code, RegExp][] = [
    [
      "no grpc-status",
      onRequest((s) => s.head().message(reply).trailers(["x", "y"])),
      Code.INTERNAL,
      /no grpc-status/,
    ],
    [
      "END_STREAM on DATA",
      onRequest((s) => s.head().data(envelope(reply), true)),
      Code.INTERNAL,
      /without trailers/,
    ],
    [
      "a head alone without status",
      onRequest((s) => s.trailers(grpcHead)),
      Code.UNKNOWN,
      /no grpc-status/,
    ],
    [
      "grpc-status that is no number",
      onRequest((s) => s.head().trailers(["grpc-status", "abc"])),
      Code.UNKNOWN,
      /abc/,
    ],
    [
      "OK without message",
      onRequest((s) => s.head().trailers()),
      Code.UNIMPLEMENTED,
      /without a response message/,
    ],
    [
      "two messages",
      onRequest((s) => s.head().message(reply).message(reply).trailers()),
      Code.UNIMPLEMENTED,
      /more than one/,
    ],
    [
      "grpc-status in a head that is followed by DATA",
      onRequest((s) =>
        s
          .head([...grpcHead, "grpc-status", "0"])
          .message(reply)
          .trailers(["grpc-status", "9"]),
      ),
      Code.FAILED_PRECONDITION,
      /^$/,
    ],
    [
      "compressed without encoding",
      onRequest((s) => s.head().data(envelope(reply, 1)).trailers()),
      Code.INTERNAL,
      /compressed/,
    ],
    [
      "unknown flags",
      onRequest((s) => s.head().data(envelope(reply, 2)).trailers()),
      Code.INTERNAL,
      /flags 2/,
    ],
    [
      "unknown grpc-encoding",
      onRequest((s) =>
        s
          .head([...grpcHead, "grpc-encoding", "bogus"])
          .message(reply)
          .trailers(),
      ),
      Code.INTERNAL,
      /"bogus"/,
    ],
    [
      "a message cut off",
      onRequest((s) => s.head().data(envelope(reply).subarray(0, 7)).trailers()),
      Code.INTERNAL,
      /inside a message/,
    ],
    [
      "bytes that are no message",
      onRequest((s) =>
        s
          .head()
          .message(new Uint8Array([0xff, 0xff]))
          .trailers(),
      ),
      Code.INTERNAL,
      /cannot be decoded as trunkline\.test\.v1\.UnaryResponse/,
    ],
    [
      "HTTP 503 with a page",
      onRequest((s) =>
        s
          .head([":status", "503", "content-type", "text/html"])
          .data(new TextEncoder().encode("<h1>no</h1>"), true),
      ),
      Code.UNAVAILABLE,
      /503.*text\/html.*<h1>no/,
    ],
    [
      "HTTP 401 alone",
      onRequest((s) => s.trailers([":status", "401"])),
      Code.UNAUTHENTICATED,
      /401/,
    ],
    [
      "HTTP 404 with grpc-status",
      onRequest((s) =>
        s.trailers([":status", "404", "content-type", "application/grpc", "grpc-status", "5"]),
      ),
      Code.NOT_FOUND,
      /^$/,
    ],
    [
      "HTTP 200 with text/plain",
      onRequest((s) =>
        s.head([":status", "200", "content-type", "text/plain"]).data(new Uint8Array([65]), true),
      ),
      Code.UNKNOWN,
      /text\/plain/,
    ],
    [
      "content type that only begins like gRPC",
      onRequest((s) =>
        s
          .head([":status", "200", "content-type", "application/grpc-web"])
          .data(new Uint8Array([65]), true),
      ),
      Code.UNKNOWN,
      /grpc-web/,
    ],
    ["RST REFUSED_STREAM twice", (s) => s.rst(7), Code.UNAVAILABLE, /REFUSED_STREAM|refused/i],
    ["RST CANCEL", onRequest((s) => s.rst(8)), Code.CANCELLED, /./],
    ["RST INTERNAL_ERROR", onRequest((s) => s.rst(2)), Code.INTERNAL, /./],
    ["RST ENHANCE_YOUR_CALM", onRequest((s) => s.rst(11)), Code.RESOURCE_EXHAUSTED, /./],
    ["RST INADEQUATE_SECURITY", onRequest((s) => s.rst(12)), Code.PERMISSION_DENIED, /./],
    ["RST with an unknown code", onRequest((s) => s.rst(99)), Code.UNKNOWN, /./],
    ["RST NO_ERROR before trailers", onRequest((s) => s.head().rst(0)), Code.INTERNAL, /./],
    [
      "connection lost",
      onRequest((_s, raw) => raw.duplexes[0]!.destroy()),
      Code.UNAVAILABLE,
      /connection/,
    ],
    [
      "status and message together",
      onRequest((s) =>
        s.head().message(reply).trailers(["grpc-status", "10", "grpc-message", "a%2Fb"]),
      ),
      Code.ABORTED,
      /^a\/b$/,
    ],
  ];

  it.each(cases)("%s", async (_name, script, code, text) => {
    const client = await start(script);
    const error = await failureOf(client.unary({ text: "x" }, { timeoutMs: 5000 }));
    expect([error.code, error.message]).toEqual([code, expect.stringMatching(text)]);
  });

  it("resets the stream of a message that is too large, on its first five bytes", async () => {
    const client = await start(onRequest((s) => s.head().data(new Uint8Array([0, 0x7f, 0, 0, 0]))));
    const error = await failureOf(client.unary({}, { maxReceiveMessageBytes: 1000 }));
    expect(error.code).toBe(Code.RESOURCE_EXHAUSTED);
    expect(error.message).toMatch(/2130706432 bytes.*1000.*maxReceiveMessageBytes/);
    await server.until(() => server.streams[0]!.reset !== undefined);
    expect(server.streams[0]!.reset?.code).toBe(8);
  });

  it("ignores RST NO_ERROR after trailers", async () => {
    const client = await start(
      onRequest((s) => {
        s.head().message(reply).trailers();
        s.rst(0);
      }),
    );
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  });
});

describe("deadlines", () => {
  it("ends the call, says what it waited for, and resets the stream", async () => {
    const client = await start(() => {});
    const error = await failureOf(client.unary({}, { timeoutMs: 500 }));
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(error.message).toMatch(
      /Unary: the deadline of 500 ms passed while waiting for a response from 127\.0\.0\.1:\d+/,
    );
    await server.until(() => server.streams[0]!.reset !== undefined);
    expect(server.streams[0]!.reset?.code).toBe(8);
  });

  it.each([0, -5])("fails at once with timeoutMs %d, without a stream", async (timeoutMs) => {
    const client = await start(answerWith(reply));
    expect((await failureOf(client.unary({}, { timeoutMs }))).code).toBe(Code.DEADLINE_EXCEEDED);
    expect(server.connections.length).toBe(0);
  });

  it("sends timeouts of days", async () => {
    const client = await start(answerWith(reply));
    await client.unary({}, { timeoutMs: 30 * 86_400_000 });
    expect(server.streams[0]!.header("grpc-timeout")).toMatch(/^\d{1,8}[SM]$/);
  });

  it("takes the deadline and the cancellation of a parent", async () => {
    const client = await start(() => {});
    const controller = new AbortController();
    const parent = { deadline: Date.now() + 60_000, signal: controller.signal };
    const call = failureOf(client.unary({}, { parent }));
    await server.until(() => server.streams.length === 1);
    expect(server.streams[0]!.header("grpc-timeout")).toBeDefined();
    controller.abort();
    expect((await call).code).toBe(Code.CANCELLED);
  });
});

describe("cancellation", () => {
  it("by a signal resets the stream and takes the listener off", async () => {
    const client = await start(() => {});
    const controller = new AbortController();
    const call = failureOf(client.unary({}, { signal: controller.signal }));
    await server.until(() => server.streams.length === 1);
    controller.abort();
    expect((await call).code).toBe(Code.CANCELLED);
    await server.until(() => server.streams[0]!.reset !== undefined);
    expect(server.streams[0]!.reset?.code).toBe(8);
  });

  it("by a signal that is aborted already does not touch the network", async () => {
    const client = await start(answerWith(reply));
    const error = await failureOf(client.unary({}, { signal: AbortSignal.abort() }));
    expect(error.code).toBe(Code.CANCELLED);
    expect(server.connections.length).toBe(0);
  });

  it("by AbortSignal.timeout is DEADLINE_EXCEEDED", async () => {
    const client = await start(() => {});
    const error = await failureOf(client.unary({}, { signal: AbortSignal.timeout(30) }));
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
  });
});
