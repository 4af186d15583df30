// Streaming calls against an engine-level server: back-pressure, early exits, request streams, calls driven by hand.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { type Channel, type Client, Code, createChannel, createClient } from "../src/index.js";
import {
  ChatRequestSchema,
  ChatResponseSchema,
  DownloadResponseSchema,
  TestService,
  UploadResponseSchema,
} from "./gen/trunkline/test/v1/test_service_pb.js";
import { envelope, grpcHead, RawServer, type RawStream, type Script } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

let server: RawServer;
let channel: Channel;

async function start(script: Script): Promise<Client<typeof TestService>> {
  server = new RawServer(script);
  channel = createChannel(await server.listen());
  return createClient(TestService, channel);
}

function row(index: number, size = 0): Uint8Array {
  return toBinary(
    DownloadResponseSchema,
    create(DownloadResponseSchema, { index, payload: new Uint8Array(size) }),
  );
}

function once(act: Script): Script {
  let isDone = false;
  return (stream, raw) => {
    if (stream.isEnded && !isDone) {
      isDone = true;
      act(stream, raw);
    }
  };
}

async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) {
    all.push(message);
  }
  return all;
}

/** Messages of a request stream, as far as they have arrived whole. */
function requestsOf(stream: RawStream): Uint8Array[] {
  const { body } = stream;
  const found: Uint8Array[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = 0; at + 5 <= body.length; ) {
    const end = at + 5 + view.getUint32(at + 1);
    if (end > body.length) {
      break;
    }
    found.push(body.subarray(at + 5, end));
    at = end;
  }
  return found;
}

/** Fails the test rather than hang when nothing was left behind is not true. */
async function nothingLeft(): Promise<void> {
  await server.until(() => server.activeStreams === 0);
  expect(server.activeStreams).toBe(0);
}

afterEach(async () => {
  await channel.close();
  await server.close();
});

describe("server streaming", () => {
  it("delivers everything, then ends", async () => {
    const client = await start(
      once((s) => {
        s.head();
        for (let i = 0; i < 1000; i++) {
          s.message(row(i));
        }
        s.trailers();
      }),
    );
    const rows = await collect(client.download({ count: 1000 }));
    expect(rows.map((r) => r.index)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    await nothingLeft();
  });

  it("delivers what came before a failure", async () => {
    const client = await start(
      once((s) =>
        s
          .head()
          .message(row(0))
          .message(row(1))
          .trailers(["grpc-status", "15", "grpc-message", "torn"]),
      ),
    );
    const seen: number[] = [];
    const error = await failureOf(
      (async () => {
        for await (const { index } of client.download({})) {
          seen.push(index);
        }
      })(),
    );
    expect(seen).toEqual([0, 1]);
    expect([error.code, error.message]).toEqual([Code.DATA_LOSS, "torn"]);
  });

  it("ends with nothing when the server has nothing", async () => {
    const client = await start(once((s) => s.trailers([...grpcHead, "grpc-status", "0"])));
    expect(await collect(client.download({}))).toEqual([]);
  });

  it("resets the stream when the loop is left early", async () => {
    const client = await start(once((s) => s.head().message(row(0)).message(row(1))));
    for await (const { index } of client.download({})) {
      expect(index).toBe(0);
      break;
    }
    await server.until(() => server.streams[0]!.reset !== undefined);
    expect(server.streams[0]!.reset?.code).toBe(8);
    await nothingLeft();
  });

  it("fails at the deadline in the middle, and drops what nobody has read", async () => {
    const client = await start(once((s) => s.head().message(row(0))));
    const messages = client.download({}, { timeoutMs: 80 });
    expect((await messages.next()).value?.index).toBe(0);
    const error = await failureOf(messages.next());
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(error.message).toMatch(/the rest of the response/);
    expect(await messages.next()).toEqual({ done: true, value: undefined });
    await nothingLeft();
  });

  it("stops the server when nobody reads, and goes on when somebody does", async () => {
    const rows = 400;
    const size = 10_000;
    let sent = 0;
    const push = (s: RawStream): void => {
      while (sent < rows) {
        const wentOut = s.connection.sendData(s.id, envelope(row(sent, size)), false);
        sent++;
        if (!wentOut) {
          return;
        }
      }
      s.trailers();
    };
    const client = await start(
      once((s) => {
        s.writable = () => push(s);
        s.head();
        push(s);
      }),
    );
    const messages = client.download({});
    await messages.next();
    // The window is 1 MiB; the queue of the engine on the other side adds some 64 KiB and the socket's own.
    for (let turn = 0; turn < 50; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const stopped = sent;
    expect(stopped * size).toBeLessThan(1.5 * (1 << 20));
    const rest = await collect(messages);
    expect(sent).toBe(rows);
    expect(rest.length).toBe(rows - 1);
  });

  it("receives a message larger than the window", async () => {
    const size = 3 << 20;
    const client = await start(
      once((s) => s.head().message(row(1, size)).message(row(2, size)).trailers()),
    );
    const rows = await collect(client.download({}));
    expect(rows.map((r) => [r.index, r.payload.length])).toEqual([
      [1, size],
      [2, size],
    ]);
  });

  it("keeps the windows of the connection whole when calls are thrown away unread", async () => {
    const client = await start((s) => {
      if (
        s.isEnded &&
        s.body.length > 0 &&
        s.reset === undefined &&
        s.id % 2 === 1 &&
        !seen.has(s)
      ) {
        seen.add(s);
        s.head().message(row(0, 900_000)).trailers();
      }
    });
    const seen = new WeakSet<RawStream>();
    for (let i = 0; i < 40; i++) {
      const messages = client.download({});
      await messages.next();
      await messages.return?.();
    }
    expect((await collect(client.download({}))).length).toBe(1);
    await nothingLeft();
  });
});

describe("client streaming", () => {
  const summary = (s: RawStream): Uint8Array =>
    toBinary(UploadResponseSchema, create(UploadResponseSchema, { count: requestsOf(s).length }));

  it("sends an async iterable", async () => {
    const client = await start(once((s) => s.head().message(summary(s)).trailers()));
    async function* chunks(): AsyncGenerator<{ chunk: Uint8Array }> {
      for (let i = 0; i < 10; i++) {
        yield { chunk: new Uint8Array(i) };
      }
    }
    expect((await client.upload(chunks())).count).toBe(10);
    await nothingLeft();
  });

  it("sends an array, also an empty one", async () => {
    const client = await start((s) => {
      if (s.isEnded && !seen.has(s)) {
        seen.add(s);
        s.head().message(summary(s)).trailers();
      }
    });
    const seen = new WeakSet<RawStream>();
    expect((await client.upload([{}, {}, {}])).count).toBe(3);
    expect((await client.upload([])).count).toBe(0);
  });

  it("pulls no more than the server takes", async () => {
    let pulled = 0;
    function* endless(): Generator<{ chunk: Uint8Array }> {
      for (;;) {
        pulled++;
        yield { chunk: new Uint8Array(10_000) };
      }
    }
    const client = await start((s) => {
      s.reads = false;
    });
    const controller = new AbortController();
    const call = failureOf(client.upload(endless(), { signal: controller.signal }));
    await server.until(() => (server.streams[0]?.body.length ?? 0) > 500_000);
    for (let turn = 0; turn < 50; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(pulled * 10_000).toBeLessThan(2 * (1 << 20));
    controller.abort();
    expect((await call).code).toBe(Code.CANCELLED);
  });

  it("fails with the error of the request stream as its cause, and resets the stream", async () => {
    const client = await start(() => {});
    const broken = new Error("disk is gone");
    async function* chunks(): AsyncGenerator<{ chunk: Uint8Array }> {
      yield { chunk: new Uint8Array(1) };
      throw broken;
    }
    const error = await failureOf(client.upload(chunks()));
    expect(error.cause).toBe(broken);
    expect(error.message).toMatch(/Upload failed: disk is gone/);
    await server.until(() => server.streams[0]?.reset !== undefined);
    expect(server.streams[0]!.reset?.code).toBe(8);
  });

  it("ends the request stream when the server answers early", async () => {
    const client = await start((s) => {
      if (s.body.length > 0 && s.reset === undefined && !answered) {
        answered = true;
        s.head().message(summary(s)).trailers();
      }
    });
    let answered = false;
    let returned = false;
    async function* chunks(): AsyncGenerator<{ chunk: Uint8Array }> {
      try {
        for (;;) {
          yield { chunk: new Uint8Array(1) };
          await new Promise((resolve) => setImmediate(resolve));
        }
      } finally {
        returned = true;
      }
    }
    expect((await client.upload(chunks())).count).toBeGreaterThan(0);
    await server.until(() => server.activeStreams === 0);
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(returned).toBe(true);
  });
});

describe("bidirectional streaming", () => {
  const echo: Script = (s) => {
    const state = states.get(s) ?? { answered: 0, isDone: false };
    states.set(s, state);
    if (state.isDone || s.reset !== undefined) {
      return;
    }
    if (state.answered === 0) {
      s.head();
      state.answered = 1;
    }
    const requests = requestsOf(s);
    for (; state.answered <= requests.length; state.answered++) {
      const { text } = fromBinary(ChatRequestSchema, requests[state.answered - 1]!);
      s.message(toBinary(ChatResponseSchema, create(ChatResponseSchema, { text: `re: ${text}` })));
    }
    if (s.isEnded) {
      state.isDone = true;
      s.trailers(["grpc-status", "0", "x-t", "1"]);
    }
  };
  const states = new WeakMap<RawStream, { answered: number; isDone: boolean }>();

  it("plays ping-pong", async () => {
    const client = await start(echo);
    async function* questions(): AsyncGenerator<{ text: string }> {
      yield { text: "a" };
      yield { text: "b" };
    }
    const answers = await collect(client.chat(questions()));
    expect(answers.map((m) => m.text)).toEqual(["re: a", "re: b"]);
    await nothingLeft();
  });

  it("can be driven by hand", async () => {
    const client = await start(echo);
    const call = client.chat.open({ timeoutMs: 5000 });
    await call.send({ text: "1" });
    expect((await call.headers).size).toBe(0);
    expect((await call.messages.next()).value?.text).toBe("re: 1");
    await call.send({ text: "2" });
    expect((await call.messages.next()).value?.text).toBe("re: 2");
    call.closeSend();
    expect((await call.messages.next()).done).toBe(true);
    expect((await call.trailers).get("x-t")).toBe("1");
    expect(() => call.send({ text: "3" })).toThrow(/after closeSend/);
    await nothingLeft();
  });

  it("can be cancelled by hand, and by the end of a scope", async () => {
    const client = await start(echo);
    {
      await using call = client.chat.open();
      await call.send({ text: "1" });
      await call.messages.next();
    }
    await server.until(() => server.streams[0]!.reset !== undefined);
    const call = client.chat.open();
    call.cancel();
    expect((await failureOf(call.messages.next())).code).toBe(Code.CANCELLED);
    expect((await failureOf(call.trailers)).code).toBe(Code.CANCELLED);
    await nothingLeft();
  });

  it("opens server streams and client streams by hand, too", async () => {
    const client = await start((s) => {
      if (s.isEnded && !seen.has(s)) {
        seen.add(s);
        s.head([...grpcHead, "x-h", "1"]);
        s.message(
          s.header(":path")?.endsWith("Upload")
            ? toBinary(
                UploadResponseSchema,
                create(UploadResponseSchema, { count: requestsOf(s).length }),
              )
            : row(5),
        );
        s.trailers();
      }
    });
    const seen = new WeakSet<RawStream>();
    const download = client.download.open({ count: 1 });
    expect((await download.headers).get("x-h")).toBe("1");
    expect((await collect(download.messages)).map((m) => m.index)).toEqual([5]);
    const upload = client.upload.open();
    await upload.send({ chunk: new Uint8Array(3) });
    upload.closeSend();
    expect((await upload.response).count).toBe(1);
    expect((await upload.headers).get("x-h")).toBe("1");
  });
});
