// What our server puts on the wire, seen with a bare HTTP/2 client that knows nothing of gRPC.
import { once } from "node:events";
import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { watchResources } from "@trunkline/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  ServerStreamRequestSchema,
  UnaryRequestSchema,
} from "./gen/trunkline/interop/v1/interop_pb.js";
import type { InteropServer } from "./peer.js";
import { trunklineServer } from "./servers/trunkline.js";

interface RawCall {
  readonly headers: IncomingHttpHeaders;
  /** Whether the first header block was also the last. */
  readonly isTrailersOnly: boolean;
  readonly trailers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Milliseconds from the request to the end. */
  readonly tookMs: number;
}

interface RawRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: Uint8Array;
  /** Send nothing after the headers, and leave the stream open. */
  readonly silent?: boolean;
}

const END_STREAM = 0x1;
const service = "/trunkline.interop.v1.InteropService";

function envelope(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

function encode<D extends DescMessage>(schema: D, init: MessageInitShape<D>): Buffer {
  return envelope(toBinary(schema, create(schema, init)));
}

async function callRaw(session: ClientHttp2Session, request: RawRequest): Promise<RawCall> {
  const startMs = performance.now();
  const stream = session.request({
    ":method": "POST",
    ":path": request.path,
    te: "trailers",
    "content-type": "application/grpc",
    ...request.headers,
  });
  let trailers: IncomingHttpHeaders = {};
  let endMs = 0;
  const chunks: Buffer[] = [];
  stream.on("trailers", (fields) => {
    trailers = fields;
    endMs = performance.now();
  });
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  // A server that has answered before the request is complete resets the stream with NO_ERROR.
  stream.on("error", () => undefined);
  const response = once(stream, "response");
  const closed = once(stream, "close");
  if (!request.silent) stream.end(request.message);
  const [headers, flags] = (await response) as [IncomingHttpHeaders, number];
  const isTrailersOnly = (flags & END_STREAM) !== 0;
  if (isTrailersOnly) endMs = performance.now();
  if (request.silent) stream.close();
  await closed;
  return {
    headers,
    isTrailersOnly,
    trailers,
    body: Buffer.concat(chunks),
    tookMs: endMs - startMs,
  };
}

describe("our server on the wire", () => {
  const check = watchResources();
  let server: InteropServer;
  let session: ClientHttp2Session;

  beforeAll(async () => {
    server = await trunklineServer.start();
    session = connect(`http://127.0.0.1:${server.port}`);
    await once(session, "connect");
  });
  afterAll(async () => {
    session.close();
    await once(session, "close");
    await server.stop();
    expect((await check.leftovers()).filter((name) => !name.startsWith("Timeout"))).toEqual([]);
  });

  it("answers uncompressed, with its status in the trailers", async () => {
    const message = encode(UnaryRequestSchema, { payload: new Uint8Array(4) });
    const call = await callRaw(session, { path: `${service}/Unary`, message });
    expect(call.headers).toMatchObject({ ":status": 200, "content-type": "application/grpc" });
    expect(call.headers["grpc-encoding"] ?? "identity").toBe("identity");
    expect(call.trailers["grpc-status"]).toBe("0");
    expect(call.body[0]).toBe(0);
    expect(call.body.readUInt32BE(1)).toBe(call.body.length - 5);
  });

  it("fails with one header block when there is nothing else to say", async () => {
    const failure = { code: 5, message: "not here: 100 %" };
    const message = encode(UnaryRequestSchema, { failure });
    const call = await callRaw(session, { path: `${service}/Unary`, message });
    expect(call.isTrailersOnly).toBe(true);
    expect(call.headers).toMatchObject({
      ":status": 200,
      "content-type": "application/grpc",
      "grpc-status": "5",
      "grpc-message": "not here: 100 %25",
    });
    expect(call.body.length).toBe(0);
  });

  it.each([
    ["a method that nobody wrote", `${service}/Missing`],
    ["a method that is not in the contract", `${service}/Nothing`],
    ["a service that nobody knows", "/no.such.Service/Unary"],
  ])("answers UNIMPLEMENTED to %s", async (_, path) => {
    const call = await callRaw(session, { path, message: envelope(new Uint8Array(0)) });
    expect(call.headers).toMatchObject({ ":status": 200, "grpc-status": "12" });
  });

  it.each([
    ["50m", 50],
    ["200000u", 200],
  ])("ends a call itself after %s, never early", async (timeout, timeoutMs) => {
    const headers = { "grpc-timeout": timeout };
    const message = encode(ServerStreamRequestSchema, { sizes: [1], hang: true });
    const call = await callRaw(session, { path: `${service}/ServerStream`, headers, message });
    expect(call.trailers["grpc-status"]).toBe("4");
    expect(call.tookMs).toBeGreaterThanOrEqual(timeoutMs);
    expect(call.tookMs).toBeLessThan(timeoutMs + 100);
  });

  it("ends a call of a client that has gone silent", async () => {
    const headers = { "grpc-timeout": "50m" };
    for (const method of ["Unary", "BidiStream"]) {
      const call = await callRaw(session, { path: `${service}/${method}`, headers, silent: true });
      expect(call.headers["grpc-status"]).toBe("4");
      expect(call.tookMs).toBeGreaterThanOrEqual(50);
    }
  });

  it.each(["abc5Sxyz", "-5S", "123456789S", "5", "S", "1.5S", "5X", "5 S"])(
    "refuses the timeout %j",
    async (timeout) => {
      const headers = { "grpc-timeout": timeout };
      const message = encode(UnaryRequestSchema, {});
      const call = await callRaw(session, { path: `${service}/Unary`, headers, message });
      expect(call.headers["grpc-status"]).toMatch(/^(3|13)$/);
    },
  );

  it("takes a timeout of 99999999 hours", async () => {
    const headers = { "grpc-timeout": "99999999H" };
    const message = encode(UnaryRequestSchema, {});
    const call = await callRaw(session, { path: `${service}/Unary`, headers, message });
    expect(call.trailers["grpc-status"]).toBe("0");
  });

  it("refuses a request in an encoding that it does not know, and says what it takes", async () => {
    const message = encode(UnaryRequestSchema, {});
    const headers = { "grpc-encoding": "snappy" };
    const call = await callRaw(session, { path: `${service}/Unary`, headers, message });
    expect(call.headers["grpc-status"]).toBe("12");
    expect(call.headers["grpc-accept-encoding"]).toMatch(/^gzip,deflate,br,(zstd,)?identity$/);
  });

  it("refuses a message that is flagged as compressed where no encoding was named", async () => {
    const message = encode(UnaryRequestSchema, {});
    message[0] = 1;
    const call = await callRaw(session, { path: `${service}/Unary`, message });
    expect(call.headers["grpc-status"]).toBe("13");
  });
});
