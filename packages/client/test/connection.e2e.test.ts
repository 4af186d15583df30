// Connections over real sockets and in memory: waiting, failing fast, healing, GOAWAY, stream limits, closing.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, connect as netConnect, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Channel,
  type ChannelOptions,
  type Client,
  Code,
  createChannel,
  createClient,
  deriveCall,
  type Interceptor,
  RpcError,
  UsageError,
} from "../src/index.js";
import { TestService, UnaryResponseSchema } from "./gen/trunkline/test/v1/test_service_pb.js";
import { answerWith, RawServer, type RawStream } from "./raw-server.js";

const reply: Uint8Array = toBinary(
  UnaryResponseSchema,
  create(UnaryResponseSchema, { text: "hello" }),
);
const opened: { close(): Promise<unknown> }[] = [];

function connect(
  target: string,
  options: ChannelOptions = {},
): { channel: Channel; client: Client<typeof TestService> } {
  const channel = createChannel(target, options);
  opened.unshift(channel);
  return { channel, client: createClient(TestService, channel) };
}

function serve(...args: ConstructorParameters<typeof RawServer>): RawServer {
  const server = new RawServer(...args);
  opened.push(server);
  return server;
}

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

/** A port on which nobody listens. */
async function deadAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return `127.0.0.1:${port}`;
}

async function failureOf(promise: Promise<unknown>): Promise<RpcError> {
  const error = await promise.then(
    () => new Error("the call succeeded"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RpcError);
  return error as RpcError;
}

afterEach(async () => {
  for (const thing of opened.splice(0)) {
    await thing.close();
  }
});

describe("connecting", () => {
  it("is lazy", async () => {
    const server = serve(answerWith(reply));
    const { channel, client } = connect(await server.listen());
    expect(channel.state).toBe("IDLE");
    expect(server.connections.length).toBe(0);
    await client.unary({});
    expect(channel.state).toBe("READY");
    expect(server.connections.length).toBe(1);
  });

  it("may be asked for", async () => {
    const server = serve(answerWith(reply));
    const { channel } = connect(`dns:///${await server.listen()}`);
    channel.connect();
    await server.until(() => server.connections.length === 1 || channel.state === "READY");
    channel.connect();
  });

  it("fails fast with UNAVAILABLE that says target, address, state and cause", async () => {
    const address = await deadAddress();
    const { channel, client } = connect(`ipv4:${address}`);
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toContain(`no connection to "ipv4:${address}": TRANSIENT_FAILURE for`);
    expect(error.message).toContain(`${address}: connect ECONNREFUSED ${address}; next attempt in`);
    expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
    expect(channel.state).toBe("TRANSIENT_FAILURE");
    expect((await failureOf(client.unary({}))).code).toBe(Code.UNAVAILABLE);
  });

  it("heals by itself after the backoff", async () => {
    const address = await deadAddress();
    const { client } = connect(address, { backoff: { initialMs: 20, maxMs: 40 } });
    await failureOf(client.unary({}));
    const server = serve(answerWith(reply));
    const listener = createServer((socket) => server.accept(socket));
    await new Promise<void>((resolve) =>
      listener.listen(Number(address.split(":")[1]), "127.0.0.1", resolve),
    );
    opened.push({ close: () => new Promise((resolve) => listener.close(resolve)) });
    await server.until(() => server.connections.length > 0);
    // READY comes with the next SETTINGS; until then calls fail fast.
    let result: unknown;
    while (result === undefined) {
      result = await client.unary({}).catch(() => undefined);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(result).toMatchObject({ text: "hello" });
  });

  it("tries the addresses in order", async () => {
    const server = serve(answerWith(reply));
    const { client } = connect(`ipv4:${await deadAddress()},${await server.listen()}`);
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
  });

  it("times out when the peer accepts and never sends SETTINGS", async () => {
    const { client } = connect(await listenRaw(() => {}), { connectTimeoutMs: 50 });
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(
      /no HTTP\/2 SETTINGS came from 127\.0\.0\.1:\d+ within the connect timeout of 50 ms/,
    );
  });

  it("says what it waited for when the deadline comes first", async () => {
    const address = await listenRaw(() => {});
    const { client } = connect(address);
    const error = await failureOf(client.unary({}, { timeoutMs: 50 }));
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(error.message).toMatch(
      new RegExp(`waiting for a connection to ${address} \\(CONNECTING for 0\\.\\d+ s\\)`),
    );
  });

  it("explains a peer that does not speak HTTP/2", async () => {
    const { client } = connect(
      await listenRaw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
    );
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(/did not begin HTTP\/2/);
  });

  it("explains a name that cannot be resolved", async () => {
    const { client } = connect("dns:///does-not-exist.invalid:1");
    const error = await failureOf(client.unary({}));
    expect(error.code).toBe(Code.UNAVAILABLE);
    expect(error.message).toMatch(
      /no addresses of "dns:\/\/\/does-not-exist\.invalid:1": .*does-not-exist\.invalid/,
    );
  });

  it("reconnects with the next call when the connection was lost", async () => {
    const server = serve(answerWith(reply));
    const { channel, client } = connect(await server.listen());
    await client.unary({});
    server.duplexes[0]!.destroy();
    for (let turn = 0; channel.state === "READY" && turn < 1000; turn++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
    expect(server.connections.length).toBe(2);
  });

  it.each(["unix:", "unix://"])("reaches Unix sockets: %s", async (scheme) => {
    const folder = mkdtempSync(join(tmpdir(), "client-"));
    opened.push({ close: async () => rmSync(folder, { recursive: true }) });
    const server = serve(answerWith(reply));
    await server.listen(join(folder, "s.sock"));
    const { client } = connect(`${scheme}${join(folder, "s.sock")}`);
    await client.unary({});
    expect(server.streams[0]!.header(":authority")).toBe("localhost");
  });

  it("uses the dialer it is given", async () => {
    const server = serve(answerWith(reply));
    const { client } = connect("ipv4:192.0.2.1:50051", {
      connect: () => server.dial(),
      authority: "users.example",
    });
    await client.unary({});
    expect(server.streams[0]!.header(":authority")).toBe("users.example");
  });

  it("fails calls when the dialer fails", async () => {
    const { client } = connect("ipv4:192.0.2.1:1", {
      connect: () => Promise.reject(new Error("no tunnel")),
    });
    expect((await failureOf(client.unary({}))).message).toMatch(/192\.0\.2\.1:1: no tunnel/);
  });

  it.each([
    "",
    "localhost:0",
    "localhost:70000",
    "a:b:c",
    "::1",
    "http://x",
    "foo:///x",
    "ipv4:localhost:1",
    "ipv4:1.2.3:5",
    "ipv6:1.2.3.4:5",
    "unix:",
    "dns://8.8.8.8/x",
  ])("refuses the target %j", (target) => {
    expect(() => createChannel(target)).toThrow(UsageError);
  });
});

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

describe("interceptors", () => {
  it("wrap the call, first one outermost, and may change everything", async () => {
    const server = serve(answerWith(reply));
    const seen: string[] = [];
    const named =
      (name: string): Interceptor =>
      async (call, next) => {
        seen.push(`${name} before`);
        call.metadata.append("x-by", name);
        const answer = await next(call);
        seen.push(`${name} after ${(await answer.closed).code}`);
        return answer;
      };
    const replacing: Interceptor = async (call, next) => {
      const answer = await next(
        deriveCall(call, { message: { ...(call.message as object), text: "changed" } }),
      );
      answer.message = create(UnaryResponseSchema, {
        text: `${(answer.message as { text: string }).text}!`,
      });
      return answer;
    };
    const { client } = connect(await server.listen(), {
      interceptors: [named("a"), named("b"), replacing],
    });
    const response = await client.unary({ text: "x" });
    expect(response.text).toBe("hello!");
    expect(seen).toEqual(["a before", "b before", "b after 0", "a after 0"]);
    expect(server.streams[0]!.fields.filter((field) => field === "x-by").length).toBe(2);
    expect(Buffer.from(server.streams[0]!.body).includes("changed")).toBe(true);
  });

  it("may retry", async () => {
    let calls = 0;
    const answer = answerWith(reply);
    const server = serve((stream, raw) => {
      if (stream.isEnded && calls++ < 2) {
        stream.trailers([
          ":status",
          "200",
          "content-type",
          "application/grpc",
          "grpc-status",
          "14",
        ]);
      } else {
        answer(stream, raw);
      }
    });
    const retrying: Interceptor = async (call, next) => {
      for (let attempt = 0; ; attempt++) {
        try {
          return await next(call);
        } catch (error) {
          if (attempt === 2) {
            throw error;
          }
        }
      }
    };
    const { client } = connect(await server.listen(), { interceptors: [retrying] });
    await expect(client.unary({})).resolves.toMatchObject({ text: "hello" });
    expect(server.streams.length).toBe(3);
  });

  it("see streams, and early exits go through them", async () => {
    const server = serve((stream) => {
      if (stream.isEnded && stream.reset === undefined && !seen.has(stream)) {
        seen.add(stream);
        stream.head().message(new Uint8Array(0)).message(new Uint8Array(0));
      }
    });
    const seen = new WeakSet<RawStream>();
    let code: number | undefined;
    const watching: Interceptor = async (call, next) => {
      const answer = await next(call);
      void answer.closed.then((status) => {
        code = status.code;
      });
      return answer;
    };
    const { client } = connect(await server.listen(), { interceptors: [watching] });
    for await (const message of client.download({})) {
      expect(message.index).toBe(0);
      break;
    }
    await server.until(() => server.streams[0]!.reset !== undefined);
    expect(code).toBe(Code.CANCELLED);
  });

  it("that throw fail the call", async () => {
    const server = serve(answerWith(reply));
    const throwing: Interceptor = () => {
      throw new Error("no token");
    };
    const { client } = connect(await server.listen(), { interceptors: [throwing] });
    const error = await failureOf(client.unary({}));
    expect([error.code, error.message]).toEqual([Code.UNKNOWN, "no token"]);
  });
});

describe("the process", () => {
  it("is kept alive by calls, not by idle connections", async () => {
    const answer = answerWith(reply);
    const server = serve((stream, raw) => {
      alive.push(socket?._handle?.hasRef());
      answer(stream, raw);
    });
    const alive: (boolean | undefined)[] = [];
    let socket: (Socket & { _handle?: { hasRef(): boolean } }) | undefined;
    const [host, port] = (await server.listen()).split(":");
    const dial = (): Promise<Socket> =>
      new Promise((resolve) => {
        socket = netConnect(Number(port), host!, () => resolve(socket!));
      });
    const { client } = connect("ipv4:192.0.2.1:1", { connect: dial });
    await client.unary({});
    expect(alive).toContain(true);
    expect(socket?._handle?.hasRef()).toBe(false);
  });
});
