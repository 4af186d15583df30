// Compressed messages between our own client and server: every encoding, every kind of call, both directions.
import { type ChannelOptions, type Client, createChannel, createClient } from "@trunkline/client";
import { type Interceptor, zlibEncodings } from "@trunkline/core";
import {
  Code,
  createServer,
  type MessageEncoding,
  RpcError,
  type Server,
  type ServerCall,
  type ServerOptions,
  silentLog,
  UsageError,
  uncompressed,
  wasCompressed,
} from "@trunkline/server";
import { type LeakCheck, watchResources } from "@trunkline/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { InteropService } from "./gen/trunkline/interop/v1/interop_pb.js";

type Interop = Client<typeof InteropService>;

let server: Server;
let closeChannel: () => Promise<void>;
/** What the handler found out about the last call. */
let seen: { encoding: string; compressed: boolean[] };
/** What the handler does with its call before anything else. */
let prepare: (call: ServerCall) => void = () => {};

/** Text that compresses well, with every byte in its place. */
function text(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i % 97) ^ (i >> 12);
  return bytes;
}

/** Compared at once: `toEqual` takes seconds for large arrays. */
function expectText(bytes: Uint8Array, length: number = bytes.length): void {
  expect(Buffer.compare(bytes, text(length))).toBe(0);
}

function choose(call: ServerCall, encoding: string): void {
  call.responseCompression = encoding;
  expect(call.responseCompression).toBe(encoding);
}

function begin(call: ServerCall): void {
  seen = { encoding: call.requestCompression, compressed: [] };
  prepare(call);
}

async function start(
  serverOptions: ServerOptions,
  channelOptions: ChannelOptions,
): Promise<Interop> {
  server = createServer({ log: silentLog, maxReceiveMessageBytes: 4_000_000, ...serverOptions });
  server.addService(InteropService, {
    unary(request, call) {
      begin(call);
      seen.compressed.push(wasCompressed(request));
      return { payload: request.payload };
    },
    *serverStream({ sizes }, call) {
      begin(call);
      for (const size of sizes) yield { payload: text(size) };
    },
    async clientStream(requests, call) {
      begin(call);
      let totalBytes = 0n;
      let count = 0;
      for await (const request of requests) {
        seen.compressed.push(wasCompressed(request));
        totalBytes += BigInt(request.payload.length);
        count++;
      }
      return { totalBytes, count };
    },
    async *bidiStream(requests, call) {
      begin(call);
      for await (const { sizes, failure } of requests) {
        for (const size of sizes) yield { payload: text(size) };
        if (failure) throw new RpcError(failure.code as Code, failure.message);
      }
    },
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  const channel = createChannel(`127.0.0.1:${port}`, channelOptions);
  closeChannel = () => channel.close();
  return createClient(InteropService, channel);
}

let resources: LeakCheck;
beforeAll(() => {
  resources = watchResources();
});
afterEach(async () => {
  prepare = () => {};
  await closeChannel();
  await server.shutdown({ graceMs: 0 });
});
afterAll(async () => expect(await resources.leftovers()).toEqual([]));

const sizes = [0, 100, 5_000, 60_000, 300_000, 2_000_000, 7];

const encodings = zlibEncodings().map(({ name }) => name);

describe.each(encodings)("%s", (encoding) => {
  it("carries all kinds of call, small and large, in order", async () => {
    const client = await start({}, { compression: encoding });
    for (const size of sizes) {
      const reply = await client.unary({ payload: text(size) });
      expectText(reply.payload, size);
      expect(seen).toEqual({ encoding, compressed: [size >= 1024] });
      expect(wasCompressed(reply)).toBe(size >= 1024);
    }
    const received: [number, boolean][] = [];
    for await (const message of client.serverStream({ sizes })) {
      expectText(message.payload);
      received.push([message.payload.length, wasCompressed(message)]);
    }
    expect(received).toEqual(sizes.map((size) => [size, size >= 1024]));
    const sum = await client.clientStream(sizes.map((size) => ({ payload: text(size) })));
    expect(sum).toMatchObject({ count: sizes.length, totalBytes: 2_365_107n });
    expect(seen.compressed).toEqual(sizes.map((size) => size >= 1024));
    const echoed: number[] = [];
    for await (const { payload } of client.bidiStream(
      sizes.map((size) => ({ sizes: [size, 9] })),
    )) {
      echoed.push(payload.length);
    }
    expect(echoed).toEqual(sizes.flatMap((size) => [size, 9]));
  });
});

describe("what a call is sent with", () => {
  it("is up to the call, which may ask for something else than the channel, or for nothing", async () => {
    const client = await start({}, { compression: "gzip" });
    const request = { payload: text(5_000) };
    for (const compression of ["br", { encoding: "deflate", level: 1 }]) {
      const reply = await client.unary(request, { compression });
      const encoding = typeof compression === "string" ? compression : compression.encoding;
      expect(seen).toEqual({ encoding, compressed: [true] });
      expect(wasCompressed(reply)).toBe(true);
    }
    const plain = await client.unary(request, { compression: "identity" });
    expect(seen).toEqual({ encoding: "identity", compressed: [false] });
    expect(wasCompressed(plain)).toBe(false);
    const eager = { encoding: "gzip", minBytes: 0 };
    await client.unary({ payload: text(1) }, { compression: eager });
    expect(seen).toEqual({ encoding: "gzip", compressed: [true] });
    expect(() => client.unary(request, { compression: "lz4" })).toThrow(UsageError);
  });

  it("leaves single messages alone that are marked, in streams and calls driven by hand", async () => {
    const client = await start({}, { compression: "gzip" });
    await client.unary(uncompressed({ payload: text(5_000) }));
    expect(seen.compressed).toEqual([false]);
    const call = client.clientStream.open();
    await call.send({ payload: text(5_000) });
    await call.send(uncompressed({ payload: text(5_000) }));
    await call.send({ payload: text(200_000) });
    await call.send(uncompressed({ payload: text(200_000) }));
    call.closeSend();
    expect(await call.response).toMatchObject({ count: 4 });
    expect(seen.compressed).toEqual([true, false, true, false]);
  });

  it("is as it was behind interceptors on both ends", async () => {
    const passed: string[] = [];
    const watch = (side: string): Interceptor => {
      return (call, next) => {
        passed.push(side);
        return next(call);
      };
    };
    const client = await start(
      { interceptors: [watch("server")] },
      { interceptors: [watch("client")] },
    );
    const options = { compression: "gzip" };
    const reply = await client.unary({ payload: text(300_000) }, options);
    expectText(reply.payload, 300_000);
    expect(seen).toEqual({ encoding: "gzip", compressed: [true] });
    const received: number[] = [];
    for await (const { payload } of client.bidiStream([{ sizes: [5_000, 300_000] }], options)) {
      received.push(payload.length);
    }
    expect(received).toEqual([5_000, 300_000]);
    expect(passed).toEqual(["client", "server", "client", "server"]);
  });
});

describe("what a call is answered with", () => {
  it.each<[string, ServerOptions, ChannelOptions, (call: ServerCall) => void, boolean]>([
    ["nothing, to requests without", {}, {}, () => {}, false],
    ["what the server prefers", { compression: "br" }, {}, () => {}, true],
    [
      "nothing that the client does not accept",
      { compression: "br" },
      { compression: { accept: ["gzip"] } },
      () => {},
      false,
    ],
    ["what the handler chooses", {}, {}, (call) => choose(call, "deflate"), true],
    [
      "nothing, if the handler wants so",
      { compression: "br" },
      {},
      (call) => choose(call, "identity"),
      false,
    ],
  ])("is %s", async (_name, serverOptions, channelOptions, preparation, expected) => {
    const client = await start(serverOptions, channelOptions);
    prepare = preparation;
    const reply = await client.unary({ payload: text(5_000) });
    expectText(reply.payload, 5_000);
    expect(wasCompressed(reply)).toBe(expected);
  });

  it("is not what the handler chooses when the client does not accept it", async () => {
    const client = await start({}, { compression: { accept: ["gzip"] } });
    prepare = (call) => {
      expect(call.acceptedCompressions).toEqual(["gzip", "identity"]);
      call.responseCompression = "br";
      expect(call.responseCompression).toBe("identity");
      expect(() => {
        call.responseCompression = "lz4";
      }).toThrow(UsageError);
      call.sendHeaders();
      expect(() => {
        call.responseCompression = "gzip";
      }).toThrow("settled once their headers are sent");
    };
    expect(wasCompressed(await client.unary({ payload: text(5_000) }))).toBe(false);
  });
});

describe("what the other end does not understand", () => {
  it("is UNIMPLEMENTED, and is not sent again on that connection", async () => {
    const client = await start({ compression: { accept: ["deflate"] } }, { compression: "gzip" });
    const request = { payload: text(5_000) };
    const message =
      "messages compressed with gzip are not understood; accepted are deflate,identity";
    await expect(client.unary(request)).rejects.toMatchObject({
      code: Code.UNIMPLEMENTED,
      message,
    });
    await client.unary(request);
    expect(seen).toEqual({ encoding: "identity", compressed: [false] });
    await client.unary(request, { compression: "deflate" });
    expect(seen).toEqual({ encoding: "deflate", compressed: [true] });
  });
});

/** Calls itself gzip, and is rubbish. */
const rubbish: MessageEncoding = {
  name: "gzip",
  compress: (bytes) => bytes.subarray(0, 20),
  decompress: (bytes) => bytes,
};

describe("what cannot be decompressed", () => {
  it("ends its call with INTERNAL on the server", async () => {
    const client = await start({}, { compression: { encoding: "gzip", encodings: [rubbish] } });
    for (const size of [5_000, 300_000]) {
      await expect(client.unary({ payload: text(size) })).rejects.toMatchObject({
        code: Code.INTERNAL,
        message: expect.stringContaining("cannot be decompressed as gzip"),
      });
    }
    await expect(client.clientStream([{ payload: text(5_000) }])).rejects.toMatchObject({
      code: Code.INTERNAL,
    });
    await client.unary({ payload: text(5_000) }, { compression: "identity" });
  });

  it("ends its call with INTERNAL on the client", async () => {
    const client = await start({ compression: { encoding: "gzip", encodings: [rubbish] } }, {});
    await expect(client.unary({ payload: text(5_000) })).rejects.toMatchObject({
      code: Code.INTERNAL,
      message: expect.stringContaining("cannot be decompressed as gzip"),
    });
    const stream = client.serverStream({ sizes: [9, 5_000] });
    expect((await stream.next()).value?.payload).toHaveLength(9);
    await expect(stream.next()).rejects.toMatchObject({ code: Code.INTERNAL });
  });

  it.each(encodings)("is stopped at the limit when it becomes too large: %s", async (encoding) => {
    const limit = { maxReceiveMessageBytes: 1_000_000 };
    const client = await start(limit, { compression: encoding, ...limit });
    const request = { payload: new Uint8Array(3_000_000) };
    const toServer = expect.stringMatching(
      /request of .*becomes more than 1000000 bytes when it is decompressed/,
    );
    await expect(client.unary(request)).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      message: toServer,
    });
    await expect(client.clientStream([request])).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
    });
    prepare = (call) => choose(call, encoding);
    const stream = client.serverStream({ sizes: [9, 3_000_000] });
    await stream.next();
    await expect(stream.next()).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      message: expect.stringContaining("becomes more than 1000000 bytes"),
    });
  });
});

describe("an encoding of one's own", () => {
  /** Every byte turned over. */
  const mirror: MessageEncoding = {
    name: "x-mirror",
    compress: (bytes) => bytes.map((byte) => byte ^ 0xff),
    decompress: (bytes, maxBytes) =>
      bytes.length > maxBytes ? undefined : bytes.map((byte) => byte ^ 0xff),
  };
  const compression = { encodings: [mirror], encoding: "x-mirror", minBytes: 0 };

  it("carries calls in both directions", async () => {
    const client = await start({ compression }, { compression });
    expectText((await client.unary({ payload: text(100_000) })).payload, 100_000);
    expect(seen).toEqual({ encoding: "x-mirror", compressed: [true] });
  });
});

describe("large messages, which are compressed off the event loop", () => {
  it("come before the status that follows them", async () => {
    const client = await start({}, { compression: "gzip" });
    const received: number[] = [];
    const reading = (async () => {
      const failure = { code: Code.DATA_LOSS, message: "no more" };
      for await (const { payload } of client.bidiStream([
        { sizes: [2_000_000, 300_000], failure },
      ])) {
        received.push(payload.length);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: Code.DATA_LOSS });
    expect(received).toEqual([2_000_000, 300_000]);
  });

  it("are forgotten with calls that are cancelled meanwhile", async () => {
    const client = await start({}, { compression: "gzip" });
    const requests = Array.from({ length: 20 }, () => {
      const controller = new AbortController();
      const call = client.unary({ payload: text(2_000_000) }, { signal: controller.signal });
      setImmediate(() => controller.abort());
      return call.catch((error: RpcError) => error.code);
    });
    expect(await Promise.all(requests)).toEqual(requests.map(() => Code.CANCELLED));
    expectText((await client.unary({ payload: text(300_000) })).payload, 300_000);
  });

  it("wait for a slow reader", async () => {
    const client = await start({}, { compression: "gzip" });
    let sent = 0;
    function* requests(): Generator<{ sizes: number[] }> {
      for (; sent < 40; sent++) yield { sizes: [1_000_000] };
    }
    let received = 0;
    for await (const { payload } of client.bidiStream(requests())) {
      expect(payload.length).toBe(1_000_000);
      received++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(received).toBe(40);
  });
});
