// What observers of a server are told of its calls: of those that are served, refused, cancelled and late.
import { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, createContextKey, RecordSlot, RpcError, silentLog } from "@trunkline/core";
import { afterEach, expect, test, vi } from "vitest";
import type { ServerCallRecord, ServerObserver } from "../src/index.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { presentServer, startPair, stopPairs } from "./pair.js";

const { unary, chat } = TestService.method;

afterEach(stopPairs);

/** Keeps what it is told, in words. */
class Recorder implements ServerObserver {
  readonly told: string[] = [];
  readonly ended: ServerCallRecord[] = [];

  callStarted(call: ServerCallRecord): void {
    this.told.push(`started ${call.path}`);
  }

  callEnded(call: ServerCallRecord): void {
    this.told.push(`ended ${Code[call.code as never] ?? call.code}`);
    this.ended.push(call);
  }
}

class DetailRecorder extends Recorder {
  responseStarted(call: ServerCallRecord): void {
    this.told.push(`response ${JSON.stringify([...call.responseHeaders])}`);
  }

  messageReceived(call: ServerCallRecord, { bytes, message }: never): void {
    this.told.push(`in ${call.receivedMessages} ${Buffer.from(bytes).toString("hex")}`);
    this.messages.push(message);
  }

  messageSent(call: ServerCallRecord, { bytes }: never): void {
    this.told.push(`out ${call.sentMessages} ${Buffer.from(bytes).toString("hex")}`);
  }

  requestsEnded(): void {
    this.told.push("half closed");
  }

  readonly messages: unknown[] = [];
}

test("a unary call: totals, times, who and what", async () => {
  const observer = new Recorder();
  const client = startPair(
    { unary: ({ text }) => ({ text: `${text}${text}` }) },
    {
      observers: [observer],
    },
  );
  await client.call(unary, [{ text: "abc" }], {
    headers: { "grpc-timeout": "5S", "x-user": "1", "grpc-previous-rpc-attempts": "2" },
  });
  expect(observer.told).toEqual(["started /trunkline.test.v1.TestService/Unary", "ended 0"]);
  const [call] = observer.ended;
  expect(call).toMatchObject({
    method: unary,
    isRegistered: true,
    code: Code.OK,
    error: undefined,
    isCancelled: false,
    receivedMessages: 1,
    receivedBytes: 5,
    receivedWireBytes: 5,
    sentMessages: 1,
    sentBytes: 8,
    sentWireBytes: 8,
    authority: "test",
    format: "proto",
    timeoutMs: 5000,
    previousAttempts: 2,
  });
  expect(call!.requestMetadata.get("x-user")).toBe("1");
  expect(call!.durationMs).toBeGreaterThan(0);
  expect(Math.abs(call!.startedEpochMs - Date.now())).toBeLessThan(60_000);
  expect(call!.deadlineMs).toBeGreaterThan(Date.now());
});

test("single messages with their bytes, the head and the half close, in their order", async () => {
  const observer = new DetailRecorder();
  const client = startPair(
    {
      async *chat(requests, call) {
        call.responseHeaders.set("x-head", "h");
        for await (const { text } of requests) yield { text };
      },
    },
    { observers: [observer] },
  );
  await client.call(chat, [{ text: "a" }, { text: "b" }]);
  expect(observer.told.filter((text) => !text.startsWith("out"))).toEqual([
    "started /trunkline.test.v1.TestService/Chat",
    "in 1 0a0161",
    "in 2 0a0162",
    "half closed",
    'response [["x-head","h"]]',
    "ended 0",
  ]);
  expect(observer.told.filter((text) => text.startsWith("out"))).toEqual([
    "out 1 0a0161",
    "out 2 0a0162",
  ]);
  expect(observer.messages).toMatchObject([{ text: "a" }, { text: "b" }]);
});

test("compressed messages count as what travelled and as what they are", async () => {
  const observer = new Recorder();
  const client = startPair({ unary: () => ({ text: "short" }) }, { observers: [observer] });
  const headers = { "grpc-encoding": "gzip", "grpc-accept-encoding": "identity" };
  const call = client.open(unary, { headers });
  const zipped = gzipSync(toBinary(unary.input, create(unary.input, { text: "x".repeat(5000) })));
  const head = Buffer.from([1, 0, 0, 0, 0]);
  head.writeUInt32BE(zipped.length, 1);
  call.sendBytes(Buffer.concat([head, zipped]), true);
  await call.outcome;
  expect(observer.ended[0]).toMatchObject({
    receivedBytes: 5003,
    receivedWireBytes: zipped.length,
    requestCompression: "gzip",
    responseCompression: "identity",
    sentWireBytes: 7,
  });
});

test("calls that no handler sees", async () => {
  const observer = new Recorder();
  const client = startPair({}, { observers: [observer] });
  await client.call(unary, [{}]);
  await client.call(unary, [{}], { headers: { ":path": "/a.B/C" } });
  await client.open(unary, { headers: { "content-type": "text/html" }, endStream: true }).outcome;
  await client.call(unary, [{}], { headers: { "grpc-timeout": "0n" } });
  expect(observer.ended.map(({ path, isRegistered, code }) => [path, isRegistered, code])).toEqual([
    ["/trunkline.test.v1.TestService/Unary", true, Code.UNIMPLEMENTED],
    ["/a.B/C", false, Code.UNIMPLEMENTED],
    ["/trunkline.test.v1.TestService/Unary", true, Code.UNKNOWN],
    ["/trunkline.test.v1.TestService/Unary", true, Code.UNIMPLEMENTED],
  ]);
  expect(observer.ended[2]!.error!.message).toContain("HTTP 415");
  expect(observer.told).toHaveLength(8);
});

test("failures have their error and its metadata, cancelled calls say so", async () => {
  const observer = new Recorder();
  const client = startPair(
    {
      unary() {
        throw new RpcError(Code.NOT_FOUND, "no such user", { metadata: { "x-why": "gone" } });
      },
      async *chat(requests) {
        for await (const _ of requests) yield {};
      },
    },
    { observers: [observer] },
  );
  await client.call(unary, [{}]);
  expect(observer.ended[0]!.error!.message).toBe("no such user");
  expect(observer.ended[0]!.responseTrailers.get("x-why")).toBe("gone");
  const call = client.open(chat);
  await vi.waitFor(() => expect(observer.told).toHaveLength(3));
  client.engine.resetStream(call.id, 8);
  await vi.waitFor(() => expect(observer.ended).toHaveLength(2));
  expect(observer.ended[1]).toMatchObject({ code: Code.CANCELLED, isCancelled: true });
});

test("observers keep things with a call, set context values for its handler, and cannot break it", async () => {
  const key = createContextKey("nobody");
  const slots = [1, 2, 3].map(() => new RecordSlot<string>());
  const kept: unknown[] = [];
  const log = { ...silentLog, error: vi.fn() };
  const client = startPair(
    { unary: (_, { context }) => ({ text: context.get(key) }) },
    {
      log,
      observers: [
        {
          callStarted(call) {
            for (const [i, slot] of slots.entries()) call.set(slot, `s${i}`);
            call.context.set(key, "somebody");
            throw new Error("broken observer");
          },
        },
        {
          callEnded(call) {
            kept.push(...slots.map((slot) => call.get(slot)), call.get(new RecordSlot()));
          },
        },
      ],
    },
  );
  const { messages } = await client.call(unary, [{}]);
  await client.call(unary, [{}]);
  expect(messages).toMatchObject([{ text: "somebody" }]);
  expect(kept.slice(0, 4)).toEqual(["s0", "s1", "s2", undefined]);
  expect(log.error).toHaveBeenCalledTimes(1);
});

test("an observer that is added while the server runs hears of the calls that come then", async () => {
  const observer = new Recorder();
  const client = startPair({ unary: () => ({}) });
  await client.call(unary, [{}]);
  presentServer().observe(observer);
  await client.call(unary, [{}]);
  expect(observer.ended).toHaveLength(1);
});

test("the scope of an observer is around the handler, within the server's own", async () => {
  const log: string[] = [];
  const scope = (name: string) => ({
    run<T>(_call: unknown, action: () => T): T {
      log.push(name);
      return action();
    },
    current: () => undefined,
  });
  const found: boolean[] = [];
  const callStarted = (record: ServerCallRecord) => {
    found.push(record.hasField(["traceparent"]), record.hasField(["x-other", "x-user"]));
  };
  const client = startPair(
    {
      unary() {
        log.push("handler");
        return {};
      },
    },
    { callScope: scope("own"), observers: [{ callStarted, callScope: scope("observer") }] },
  );
  await client.call(unary, [{ text: "abc" }], { headers: { "x-user": "1" } });
  expect(log).toEqual(["own", "observer", "handler"]);
  expect(found).toEqual([false, true]);
});
