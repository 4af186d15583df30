// Compressed messages between our own client and server: every encoding, every kind of call, both directions.
import { type ChannelOptions, type Client, createChannel, createClient } from "@trunkline/client";
import { zlibEncodings } from "@trunkline/core";
import {
  createServer,
  type Server,
  type ServerCall,
  type ServerOptions,
  silentLog,
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
      for await (const { sizes } of requests) {
        for (const size of sizes) yield { payload: text(size) };
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
