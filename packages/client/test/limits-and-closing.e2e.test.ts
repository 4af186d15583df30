// Stream limits, GOAWAY, repeated attempts, and closing channels.
import { createServer, type Server, type Socket } from "node:net";
import { formatGoaway } from "@trunkline/http2";
import { afterEach, describe, expect, it } from "vitest";
import { type Channel, Code, createChannel, createClient } from "../src/index.js";
import { closeAll, connect, opened, reply, serve } from "./connected-client.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { answerWith, type RawStream } from "./raw-server.js";
import { failureOf } from "./rpc-failure.js";

/** A listener that never speaks HTTP/2; `host:port`. */
async function listenRaw(accept: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push({
    close: () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      return new Promise((resolve) => server.close(resolve));
    },
  });
  return `127.0.0.1:${(server.address() as { port: number }).port}`;
}

afterEach(closeAll);

describe("stream limits and GOAWAY", () => {
  it("queues above MAX_CONCURRENT_STREAMS", async () => {
    let most = 0;
    const answer = answerWith(reply);
    const server = serve(
      (stream, raw) => {
        most = Math.max(most, raw.activeStreams);
        setImmediate(() => answer(stream, raw));
      },
      { maxConcurrentStreams: 3 },
    );
    const { client } = connect(await server.listen());
    const replies = await Promise.all(Array.from({ length: 50 }, () => client.unary({})));
    expect(replies.length).toBe(50);
    expect(most).toBe(3);
  });

  it("takes the engine's limits as options, and refuses those out of range", async () => {
    expect(() => createChannel("localhost:1", { limits: { maxResetRatio: 2 } })).toThrow(
      "option limits: maxResetRatio is 2",
    );
    const server = serve(answerWith(reply));
    const { client } = connect(await server.listen(), { limits: { maxSettingsEntries: 1 } });
    const failure = await failureOf(client.unary({}));
    expect(failure.code).toBe(Code.UNAVAILABLE);
    expect(failure.message).toContain("maxSettingsEntries");
  });

  it("gives up on a free stream at the deadline", async () => {
    const server = serve(() => {}, { maxConcurrentStreams: 1 });
    const { client } = connect(await server.listen());
    const first = failureOf(client.unary({}, { timeoutMs: 200 }));
    const second = await failureOf(client.unary({}, { timeoutMs: 50 }));
    expect(second.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(second.message).toMatch(
      /waiting for a free stream: 127\.0\.0\.1:\d+ allows 1 concurrent calls/,
    );
    await first;
  });

  it("bounds the queue", async () => {
    const server = serve(() => {}, { maxConcurrentStreams: 1 });
    const { channel, client } = connect(await server.listen(), { maxQueuedCalls: 2 });
    const errors = Array.from({ length: 3 }, () => failureOf(client.unary({})));
    expect((await errors[2])!.code).toBe(Code.RESOURCE_EXHAUSTED);
    await channel.close();
    await Promise.all(errors);
  });

  it("moves to a new connection on GOAWAY, and lets calls in flight end", async () => {
    let held: RawStream | undefined;
    const answer = answerWith(reply);
    const server = serve((stream, raw) => {
      if (raw.streams[0] === stream) {
        held = stream;
      } else {
        answer(stream, raw);
      }
    });
    const { channel, client } = connect(await server.listen());
    const first = client.unary({});
    await server.until(() => held?.isEnded === true);
    server.connections[0]!.drain(performance.now());
    for (let turn = 0; channel.state === "READY" && turn < 1000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await client.unary({});
    expect(server.connections.length).toBe(2);
    held!.head().message(reply).trailers();
    await expect(first).resolves.toMatchObject({ text: "hello" });
  });

  it("repeats a refused call once, without anybody noticing", async () => {
    let refused = 0;
    const answer = answerWith(reply);
    const server = serve((stream, raw) => {
      if (refused === 0) {
        refused++;
        stream.rst(7);
      } else if (stream.reset === undefined) {
        answer(stream, raw);
      }
    });
    const { client } = connect(await server.listen());
    await expect(client.unary({ text: "x" })).resolves.toMatchObject({ text: "hello" });
    expect(server.streams.length).toBe(2);
  });

  it("repeats calls that GOAWAY says were not processed, streams included, on a new connection", async () => {
    const answer = answerWith(new Uint8Array(0));
    let isFirst = true;
    const server = serve((stream, raw) => {
      if (raw.connections[0] !== stream.connection) {
        answer(stream, raw);
      } else if (isFirst && raw.streams.length === 2) {
        isFirst = false;
        raw.duplexes[0]!.write(formatGoaway(0, 0, "max_age"));
      }
    });
    const { client } = connect(await server.listen());
    const calls = [client.unary({ text: "x" }), client.upload([{ chunk: new Uint8Array(3) }])];
    await Promise.all(calls);
    expect([server.connections.length, server.streams.length]).toEqual([2, 4]);
    expect(server.streams[3]!.body.length).toBe(10);
  });

  it("does not repeat a call that was being worked on", async () => {
    const server = serve((stream, raw) => {
      if (stream.isEnded) {
        raw.duplexes[0]!.destroy();
      }
    });
    const { client } = connect(await server.listen());
    expect((await failureOf(client.unary({}))).code).toBe(Code.UNAVAILABLE);
    expect(server.streams.length).toBe(1);
  });
});

describe("closing", () => {
  it("ends calls under way with CANCELLED, refuses new ones, and may be repeated", async () => {
    const server = serve(() => {});
    const { channel, client } = connect(await server.listen());
    const call = failureOf(client.unary({}));
    await server.until(() => server.streams.length === 1);
    await Promise.all([channel.close(), channel.close()]);
    const error = await call;
    expect([error.code, error.message]).toEqual([
      Code.CANCELLED,
      expect.stringMatching(/channel to .* was closed while the call was under way/),
    ]);
    expect((await failureOf(client.unary({}))).code).toBe(Code.CANCELLED);
    expect(channel.state).toBe("SHUTDOWN");
  });

  it("waits for calls under way within the grace", async () => {
    const answer = answerWith(reply);
    let isOpen = false;
    const server = serve((stream, raw) => {
      if (isOpen) {
        answer(stream, raw);
      }
    });
    const { channel, client } = connect(await server.listen());
    const call = client.unary({});
    await server.until(() => server.streams[0]?.isEnded === true);
    const closing = channel.close({ graceMs: 10_000 });
    expect((await failureOf(client.unary({}))).code).toBe(Code.CANCELLED);
    isOpen = true;
    answer(server.streams[0]!, server);
    await expect(call).resolves.toMatchObject({ text: "hello" });
    await closing;
  });

  it("ends calls at the end of the grace", async () => {
    const server = serve(() => {});
    const { channel, client } = connect(await server.listen());
    const call = failureOf(client.unary({}));
    await server.until(() => server.streams[0]?.isEnded === true);
    await channel.close({ graceMs: 30 });
    expect((await call).message).toMatch(/closed 30 ms ago/);
  });

  it("refuses calls that wait for a connection", async () => {
    const { channel, client } = connect(await listenRaw(() => {}));
    const call = failureOf(client.unary({}));
    await channel.close();
    expect((await call).code).toBe(Code.CANCELLED);
  });

  it("is what the end of a scope does", async () => {
    const server = serve(answerWith(reply));
    let kept: Channel;
    {
      await using channel = createChannel(await server.listen());
      kept = channel;
      await createClient(TestService, channel).unary({});
    }
    expect(kept.state).toBe("SHUTDOWN");
  });
});
