// The proxy as its README starts it, between a client and a server that know nothing of it.
import { fileURLToPath } from "node:url";
import { type Channel, Code, createChannel, Metadata, openRaw, RpcError } from "@trunkline/client";
import { createServer, type Server, type ServerCall, silentLog } from "@trunkline/server";
import { type PeerProcess, startPeer } from "@trunkline/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";

let upstream: Server;
let proxy: PeerProcess;
let channel: Channel;
let cancelled: Promise<unknown> | undefined;

async function* answer(requests: AsyncIterable<Uint8Array>, call: ServerCall) {
  call.responseHeaders.set("x-headers", call.metadata.get("x-sent") ?? "none");
  call.responseTrailers.set("x-trailers-bin", Uint8Array.of(1, 2, 3));
  switch (call.method.name) {
    case "Refuse":
      throw new RpcError(Code.FAILED_PRECONDITION, "not nów", {
        metadata: new Metadata({ "x-why": "rules" }),
      });
    case "Hang":
      call.sendHeaders();
      cancelled = new Promise((resolve) => {
        call.signal.addEventListener("abort", () => resolve(call.signal.reason.code));
      });
      await cancelled;
      return;
    case "Describe": {
      const { parent } = call.method;
      const remainingMs = call.timeRemainingMs() ?? 0;
      const isSane = remainingMs > 1_000 && remainingMs <= 60_000;
      yield new TextEncoder().encode(`${parent.typeName} ${call.format} ${isSane}`);
      return;
    }
    default:
      call.sendHeaders();
      yield* requests;
  }
}

beforeAll(async () => {
  upstream = createServer({ unknownMethod: answer, log: silentLog });
  const { address } = await upstream.listen({ host: "127.0.0.1", port: 0 });
  proxy = await startPeer({
    command: process.execPath,
    args: [fileURLToPath(new URL("dist/proxy.js", import.meta.url))],
    env: { PORT: "0", UPSTREAM: address },
    readyLine: /^forwarding from (127\.0\.0\.1:\d+)$/,
  });
  channel = createChannel(proxy.ready);
});
afterAll(async () => {
  await channel.close();
  expect(await proxy.stop()).toBe(0);
  await upstream.shutdown({ graceMs: 0 });
});

const open = (name: string, options: Parameters<typeof openRaw>[2] = {}) =>
  openRaw(channel, `/any.v1.Service/${name}`, options);

it("forwards messages both ways as they come, metadata and trailers", async () => {
  const call = open("Echo", { metadata: { "x-sent": "yes" } });
  expect((await call.headers).get("x-headers")).toBe("yes");
  for (const size of [0, 10, 1_000_000]) {
    const message = new Uint8Array(size).fill(7);
    await call.send(message);
    const { value } = await call.messages.next();
    expect(Buffer.compare(value ?? message.subarray(1), message)).toBe(0);
  }
  call.closeSend();
  expect((await call.messages.next()).done).toBe(true);
  expect((await call.trailers).get("x-trailers-bin")).toEqual(Uint8Array.of(1, 2, 3));
});

it("forwards names, format and deadline", async () => {
  const call = open("Describe", { timeoutMs: 60_000, format: "json" });
  call.closeSend();
  const { value } = await call.messages.next();
  expect(new TextDecoder().decode(value)).toBe("any.v1.Service json true");
  await call.trailers;
});

it("forwards the status of a call that fails", async () => {
  const call = open("Refuse");
  call.closeSend();
  const error = await call.trailers.catch((reason: RpcError) => reason);
  expect(error).toMatchObject({ code: Code.FAILED_PRECONDITION, message: "not nów" });
  expect((error as RpcError).metadata.get("x-why")).toBe("rules");
  expect((error as RpcError).metadata.get("x-trailers-bin")).toEqual(Uint8Array.of(1, 2, 3));
});

it("forwards cancellation", async () => {
  const call = open("Hang");
  await call.headers;
  call.cancel();
  expect(await cancelled).toBe(Code.CANCELLED);
});
