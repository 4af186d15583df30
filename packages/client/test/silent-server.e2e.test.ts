// Servers that are connected and say nothing any more: calls that may be repeated are made elsewhere, others wait.
import { createServer, type Socket } from "node:net";
import { Code } from "@trunkline/core";
import { afterEach, describe, expect, it } from "vitest";
import { type ChannelOptions, createChannel } from "../src/index.js";
import { closeAll, connect, opened, serve } from "./connected-client.js";
import { beSilent, policy, serveAnswers, succeed } from "./retry-bench.js";
import { failureOf } from "./rpc-failure.js";

afterEach(closeAll);

const silenceTimeoutMs = 200;

function balanced(retries: boolean, maxAttempts = 4): ChannelOptions {
  const retryPolicy = { ...policy, maxAttempts, initialBackoff: "0.001s" } as const;
  return {
    silenceTimeoutMs,
    serviceConfig: {
      loadBalancingConfig: [{ round_robin: {} }],
      methodConfig: retries ? [{ name: [{}], retryPolicy }] : [],
    },
  };
}

/** Begins HTTP/2 with its SETTINGS, and with an ACK of the client's; reads, and never says anything again. */
async function serveSilence(): Promise<{ target: string; received: () => string }> {
  const sockets: Socket[] = [];
  let received = Buffer.alloc(0);
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.write(Uint8Array.of(0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0));
    socket.on("error", () => {});
    socket.on("data", (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  opened.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  });
  const { port } = server.address() as { port: number };
  return { target: `127.0.0.1:${port}`, received: () => received.toString("hex") };
}

describe("a server that has gone silent", () => {
  it("loses the calls that may be made elsewhere, and gets no new ones", async () => {
    const silent = await serveSilence();
    const sound = await serve((stream) => stream.isEnded && succeed(stream)).listen();
    const { client } = connect(`ipv4:${silent.target},${sound}`, balanced(true));
    await Promise.all(Array.from({ length: 8 }, () => client.unary({})));
    expect(silent.received()).toContain("0000080600000000005" /* PING, our own mark */);
    expect(silent.received()).toMatch(/00000403000000000[1-9a-f]00000008/);
    for (let call = 0; call < 8; call++) await client.unary({});
  });

  it("keeps the calls that nothing says may be repeated: they end at their deadline", async () => {
    const silent = await serveSilence();
    const { client } = connect(`ipv4:${silent.target}`, balanced(false));
    const error = await failureOf(client.unary({}, { timeoutMs: 3 * silenceTimeoutMs }));
    expect(error.code).toBe(Code.DEADLINE_EXCEEDED);
    expect(silent.received()).not.toContain("000008060000000000");
  });

  it("says so when there is no other: address, time, and how often it was tried", async () => {
    const silent = await serveSilence();
    const { client } = connect(`ipv4:${silent.target}`, balanced(true, 2));
    const error = await failureOf(client.unary({}, { timeoutMs: 1500 }));
    expect(error.message).toMatch(
      new RegExp(`${silent.target} has said nothing for \\d+ ms, not even to a PING`),
    );
  });
});

describe("a server that is slow", () => {
  it("keeps its calls: it answers PINGs, and is asked twice at most", async () => {
    const server = serveAnswers(beSilent);
    const { client } = connect(await server.listen(), balanced(true));
    const call = client.unary({}, { timeoutMs: 15_000 });
    const other = client.unary({}, { timeoutMs: 6 * silenceTimeoutMs });
    expect((await failureOf(other)).code).toBe(Code.DEADLINE_EXCEEDED);
    expect(server.connections[0]!.stats.pingsReceived).toBe(2);
    expect(server.streams).toHaveLength(2);
    succeed(server.streams[0]!);
    expect((await call).text).toBe("hello");
  });
});

it.each([99, Number.NaN, "5" as never, 2 ** 31])("%s is no silenceTimeoutMs", (value) => {
  expect(() => createChannel("localhost:1", { silenceTimeoutMs: value })).toThrow(
    "it must be a number from 100 to 2^31 - 1, or Infinity",
  );
});
