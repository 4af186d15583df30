// Client and server in memory: the same behaviour as over a socket, for less CPU; and every fault on the real stack.
import { Code, createChannel, createClient, silentLog } from "@trunkline/client";
import {
  createFaultyTransport,
  createInMemoryTransport,
  FakeClock,
} from "@trunkline/client/testing";
import { createServer } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { collect, connect, endBoth, serve } from "./both-ends.js";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";

afterEach(endBoth);

const echo = {
  unary: ({ text }: { text: string }) => ({ text }),
  *download({ count, size }: { count: number; size: number }) {
    for (let index = 0; index < count; index++) yield { index, payload: new Uint8Array(size) };
  },
  async upload(requests: AsyncIterable<{ chunk: Uint8Array }>) {
    return { count: (await collect(requests)).length };
  },
  async *chat(requests: AsyncIterable<{ text: string }>) {
    for await (const { text } of requests) yield { text };
  },
};

async function inMemory() {
  const { server } = await serve(echo);
  const memory = createInMemoryTransport(server);
  return { server, memory, ...connect(memory.target, { connect: memory.connect }) };
}

it("the four kinds of call, large messages and all", async () => {
  const { client } = await inMemory();
  const text = "x".repeat(1 << 20);
  expect((await client.unary({ text })).text).toBe(text);
  expect(await collect(client.download({ count: 300, size: 40_000 }))).toHaveLength(300);
  const chunk = new Uint8Array(100_000);
  expect((await client.upload(Array.from({ length: 100 }, () => ({ chunk })))).count).toBe(100);
  expect(await collect(client.chat([{ text: "a" }, { text: "b" }]))).toHaveLength(2);
});

it("a shutdown of the server in the middle, and a connection to a server that has ended", async () => {
  const { server, client, memory } = await inMemory();
  await client.unary({ text: "a" });
  await server.shutdown({ graceMs: 0 });
  await expect(client.unary({ text: "b" })).rejects.toMatchObject({ code: Code.UNAVAILABLE });
  await expect(memory.connect()).rejects.toThrow("shut down");
});

/** CPU of one call, in microseconds, with so many in flight. */
async function costOfCall(call: () => Promise<unknown>, inFlight: number): Promise<number> {
  const endMs = performance.now() + 60;
  const before = process.cpuUsage();
  let count = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await call();
      count++;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

it.each([1, 16, 100])(
  "a call costs no more CPU than over loopback, %i in flight",
  async (inFlight) => {
    const { server } = await serve(echo);
    const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
    const memory = createInMemoryTransport(server);
    const near = connect(memory.target, { connect: memory.connect }).client;
    const far = connect(`127.0.0.1:${port}`).client;
    const ratios: number[] = [];
    // On a machine that does other things as well one round says little: then there are more of them.
    while (ratios.length < 9 || (median(ratios) >= 1 && ratios.length < 31)) {
      const cost = await costOfCall(() => near.unary({ text: "ada" }), inFlight);
      ratios.push(cost / (await costOfCall(() => far.unary({ text: "ada" }), inFlight)));
    }
    expect(median(ratios)).toBeLessThan(1);
  },
);

describe("a faulty transport", () => {
  async function faulty(clock?: FakeClock) {
    const server = createServer({ log: silentLog }).addService(TestService, echo);
    const memory = createInMemoryTransport(server);
    const network = createFaultyTransport(memory.connect, { clock });
    const options = { connect: network.connect, log: silentLog, clock };
    const channel = createChannel(memory.target, options);
    const end = async (): Promise<void> => {
      await channel.close();
      await server.shutdown({ graceMs: 0 });
    };
    return { network, channel, client: createClient(TestService, channel), end };
  }

  it("without faults changes nothing, and forgets connections that have ended", async () => {
    const { network, client, end } = await faulty();
    expect(await collect(client.download({ count: 50, size: 50_000 }))).toHaveLength(50);
    expect(network.connectionCount).toBe(1);
    await end();
    await expect.poll(() => network.connectionCount).toBe(0);
  });

  it("delays the answer", async () => {
    const { network, client, end } = await faulty();
    await client.unary({});
    network.toClient.delayMs = 50;
    const startMs = performance.now();
    await client.unary({});
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(49);
    await end();
  });

  it("loses what comes, so that only the deadline ends the call", async () => {
    const clock = new FakeClock();
    const { network, client, end } = await faulty(clock);
    await client.unary({});
    network.toClient.dropAfterBytes = 0;
    const call = client.unary({}, { timeoutMs: 1_000 });
    clock.advance(1_000);
    await expect(call).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    await end();
  });

  it("resets in the middle of a message", async () => {
    const { network, client, end } = await faulty();
    network.toClient.resetAfterBytes = 20_000;
    await expect(collect(client.download({ count: 3, size: 15_000 }))).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      message: expect.stringContaining("ECONNRESET"),
    });
    await end();
  });

  it("reads slowly, and the server waits", async () => {
    const { network, client, end } = await faulty();
    await client.unary({});
    network.toClient.bytesPerSecond = 4_000_000;
    const startMs = performance.now();
    await collect(client.download({ count: 10, size: 50_000 }));
    expect(performance.now() - startMs).toBeGreaterThan(80);
    await end();
  });

  it("goes away: calls under way finish, or count as never seen", async () => {
    const { network, client, end } = await faulty();
    const open = client.chat.open();
    await open.send({ text: "a" });
    await open.messages.next();
    network.goAway();
    void open.send({ text: "b" });
    open.closeSend();
    expect(await collect(open.messages)).toMatchObject([{ text: "b" }]);
    await client.unary({});
    const dropped = client.chat.open();
    await dropped.send({ text: "a" });
    await dropped.messages.next();
    network.goAway({ lastStreamId: 0, code: 2, debug: "broken" });
    await expect(dropped.trailers).rejects.toMatchObject({ code: Code.UNAVAILABLE });
    await end();
  });
});
