// Calls driven by hand, back-pressure that can be awaited, and messages as Web and Node.js streams, on both ends.
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  Code,
  fromReadableStream,
  type Interceptor,
  MessagePipe,
  toReadableStream,
  toWritableStream,
  UsageError,
} from "@trunkline/client";
import { toNodeDuplex, toNodeReadable, toNodeWritable } from "@trunkline/client/node-streams";
import type { ServerCall } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { collect, connect, endBoth, serve } from "./both-ends.js";

afterEach(endBoth);

const passing: Interceptor = (call, next) => next(call);
const turns = async (count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
};

async function* echo(requests: AsyncIterable<{ text: string }>) {
  for await (const { text } of requests) yield { text };
}

describe.each([
  ["plain", []],
  ["behind interceptors", [passing]],
])("a call driven by hand, %s", (_how, interceptors) => {
  it("sends its metadata when it is opened, and receives some before any message", async () => {
    const { target } = await serve({
      async *chat(requests, call) {
        call.responseHeaders.set("x-got", call.metadata.get("x-sent") ?? "");
        call.sendHeaders();
        yield* echo(requests);
      },
    });
    const { client } = connect(target, { interceptors });
    await using call = client.chat.open({ metadata: { "x-sent": "early" } });
    expect((await call.headers).get("x-got")).toBe("early");
    await call.send({ text: "a" });
    expect((await call.messages.next()).value?.text).toBe("a");
    call.closeSend();
    expect((await call.messages.next()).done).toBe(true);
    expect((await call.trailers).size).toBe(0);
  });

  it("is half-closed: the server answers on after the last request", async () => {
    const { target } = await serve({
      async *chat(requests) {
        const all = await collect(requests);
        for (const { text } of all) yield { text };
      },
    });
    const { client } = connect(target, { interceptors });
    await using call = client.chat.open();
    void call.send({ text: "a" });
    void call.send({ text: "b" });
    call.closeSend();
    expect(() => call.send({ text: "c" })).toThrow(UsageError);
    expect((await collect(call.messages)).map(({ text }) => text)).toEqual(["a", "b"]);
  });

  it("makes the server wait until it is given credit", async () => {
    let produced = 0;
    const payload = new Uint8Array(100_000);
    const { target } = await serve({
      async *download() {
        for (; produced < 100; produced++) yield { index: produced, payload };
      },
    });
    const limits = { streamWindowBytes: 200_000 };
    const { client } = connect(target, { interceptors, limits });
    await using call = client.download.open({}, { manualCredit: true });
    await call.messages.next();
    await call.messages.next();
    // Deno brings in what the socket has over more turns than Node.js.
    await turns(1000);
    const before = produced;
    expect(before).toBeLessThan(20);
    await turns(1000);
    expect(produced).toBe(before);
    call.credit(100);
    expect((await collect(call.messages)).length).toBe(98);
    expect(() => call.credit(0)).toThrow(UsageError);
  });

  it("without manual credit, taking a message is the credit", async () => {
    const { target } = await serve({
      *download() {
        for (let index = 0; index < 100; index++) yield { index, payload: new Uint8Array(50_000) };
      },
    });
    const { client } = connect(target, { interceptors });
    await using call = client.download.open({});
    call.credit(1);
    expect(await collect(call.messages)).toHaveLength(100);
  });

  it("send waits while the server does not read, and rejects when the call ends", async () => {
    let proceed = (): void => {};
    const gate = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    let received = 0;
    const { target } = await serve(
      {
        async upload(requests) {
          await gate;
          for await (const _ of requests) received++;
          return { count: received };
        },
      },
      { streamWindowBytes: 100_000, connectionWindowBytes: 100_000 },
    );
    const { client } = connect(target, { interceptors });
    await using call = client.upload.open();
    const chunk = new Uint8Array(100_000);
    let sent = 0;
    const sending = (async () => {
      for (; sent < 50; sent++) await call.send({ chunk });
      call.closeSend();
    })();
    await turns(100);
    expect(sent).toBeLessThan(50);
    proceed();
    await sending;
    expect((await call.response).count).toBe(50);
    const cancelled = client.chat.open();
    cancelled.cancel();
    await expect(cancelled.trailers).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect(cancelled.send({ text: "" })).rejects.toMatchObject({ code: Code.CANCELLED });
  });

  it("is cancelled by leaving its scope, and so is a stream of responses", async () => {
    const ended: Promise<unknown>[] = [];
    const untilCancelled = (call: ServerCall): Promise<never> =>
      new Promise((_, reject) =>
        call.signal.addEventListener("abort", () => reject(call.signal.reason)),
      );
    const { target } = await serve({
      async *download(_request, call) {
        const end = untilCancelled(call);
        ended.push(end.catch((reason) => reason.code));
        yield { index: 0 };
        await end;
      },
    });
    const { client } = connect(target, { interceptors });
    {
      await using call = client.download.open({});
      await call.messages.next();
    }
    {
      await using messages = client.download({});
      await messages.next();
    }
    expect(await Promise.all(ended)).toEqual([Code.CANCELLED, Code.CANCELLED]);
  });
});

it("a handler that pushes waits for its client, and learns when it is gone", async () => {
  let sent = 0;
  let gone: Promise<unknown> | undefined;
  const { target } = await serve({
    download() {
      const responses = new MessagePipe<{ index: number; payload: Uint8Array }>();
      const push = async (): Promise<void> => {
        for (;;) await responses.send({ index: sent++, payload: new Uint8Array(100_000) });
      };
      gone = push().catch((error) => error.code);
      return responses;
    },
  });
  const { client } = connect(target, {
    limits: { streamWindowBytes: 200_000 },
  });
  const call = client.download.open({});
  await call.messages.next();
  await turns(50);
  expect(sent).toBeLessThan(50);
  call.cancel();
  expect(await gone).toBe(Code.CANCELLED);
});

it("a handler's pipe can fail its call", async () => {
  const { target } = await serve({
    download() {
      const responses = new MessagePipe<{ index: number }>();
      void responses.send({ index: 1 });
      responses.fail(new TypeError("internal"));
      return responses;
    },
  });
  const { client } = connect(target);
  const messages = client.download({});
  expect((await messages.next()).value?.index).toBe(1);
  await expect(messages.next()).rejects.toMatchObject({ code: Code.UNKNOWN });
});

describe("Web Streams", () => {
  it("carry requests and responses of a client, through a transform", async () => {
    const { target } = await serve({ chat: echo });
    const { client } = connect(target);
    await using call = client.chat.open();
    const source = toReadableStream(
      (async function* () {
        yield "a";
        yield "b";
      })(),
    );
    const shout = new TransformStream<string, { text: string }>({
      transform: (text, controller) => controller.enqueue({ text: text.toUpperCase() }),
    });
    void source.pipeThrough(shout).pipeTo(toWritableStream(call));
    const responses = await collect(fromReadableStream(toReadableStream(call.messages)));
    expect(responses.map(({ text }) => text)).toEqual(["A", "B"]);
  });

  it("carry requests and responses of a handler", async () => {
    const { target } = await serve({
      chat(requests) {
        const shout = new TransformStream<{ text: string }, { text: string }>({
          transform: ({ text }, controller) => controller.enqueue({ text: text.toUpperCase() }),
        });
        return fromReadableStream(toReadableStream(requests).pipeThrough(shout));
      },
    });
    const { client } = connect(target);
    const requests = fromReadableStream(
      new ReadableStream<{ text: string }>({
        start(controller) {
          controller.enqueue({ text: "a" });
          controller.close();
        },
      }),
    );
    expect((await collect(client.chat(requests)))[0]?.text).toBe("A");
  });

  it("cancel the call when they are cancelled or aborted, and pass errors on", async () => {
    const { target } = await serve({ chat: echo });
    const { client } = connect(target);
    const call = client.chat.open();
    await toReadableStream(call.messages).cancel();
    await expect(call.trailers).rejects.toMatchObject({ code: Code.CANCELLED });
    const other = client.chat.open();
    await toWritableStream(other).abort("enough");
    await expect(other.trailers).rejects.toMatchObject({ code: Code.CANCELLED });
    await expect(
      collect(fromReadableStream(toReadableStream(other.messages))),
    ).rejects.toMatchObject({ code: Code.CANCELLED });
    const pipe = new MessagePipe<number>();
    await toWritableStream(pipe).abort(new Error("broken"));
    await expect(pipe.next()).rejects.toThrow("broken");
  });

  it("are cancelled when their messages are left", async () => {
    let reason: unknown = "not cancelled";
    const stream = new ReadableStream<number>({
      pull: (controller) => controller.enqueue(1),
      cancel: (given) => {
        reason = given;
      },
    });
    for await (const one of fromReadableStream(stream)) {
      expect(one).toBe(1);
      break;
    }
    expect(reason).toBeUndefined();
  });
});

describe("streams of Node.js", () => {
  it("carry requests and responses of a client", async () => {
    const { target } = await serve({ chat: echo });
    const { client } = connect(target);
    const source = Readable.from([{ text: "a" }, { text: "b" }]);
    const got: string[] = [];
    await pipeline(source, toNodeDuplex(client.chat.open()), async (messages) => {
      for await (const { text } of messages) got.push(text);
    });
    expect(got).toEqual(["a", "b"]);
  });

  it("carry requests and responses of a handler", async () => {
    const { target } = await serve({
      chat: (requests) =>
        toNodeReadable(requests).map(({ text }: { text: string }) => ({ text: `${text}!` })),
      async upload(requests) {
        return { count: (await toNodeReadable(requests).toArray()).length };
      },
      download({ count }) {
        const responses = new MessagePipe<{ index: number }>();
        const indexes = Readable.from(Array.from({ length: count }, (_, index) => ({ index })));
        indexes.pipe(toNodeWritable(responses));
        return responses;
      },
    });
    const { client } = connect(target);
    expect((await collect(client.chat([{ text: "a" }])))[0]?.text).toBe("a!");
    expect((await client.upload(Readable.from([{}, {}]))).count).toBe(2);
    expect(await collect(client.download({ count: 3 }))).toHaveLength(3);
  });

  it("push back, and fail with the call", async () => {
    let proceed = (): void => {};
    const gate = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const { target } = await serve(
      {
        async upload(requests) {
          await gate;
          return { count: (await collect(requests)).length };
        },
      },
      { streamWindowBytes: 100_000, connectionWindowBytes: 100_000 },
    );
    const { client } = connect(target);
    const call = client.upload.open();
    const writable = toNodeWritable(call);
    let written = 0;
    while (writable.write({ chunk: new Uint8Array(100_000) }, () => written++) && written < 100)
      await turns(1);
    await turns(20);
    expect(written).toBeLessThan(100);
    proceed();
    writable.end();
    expect((await call.response).count).toBeGreaterThan(0);
    const other = client.chat.open();
    const broken = toNodeWritable(other);
    broken.on("error", () => {});
    broken.destroy();
    await expect(other.trailers).rejects.toMatchObject({ code: Code.CANCELLED });
  });
});
