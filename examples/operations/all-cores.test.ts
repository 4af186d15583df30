// The server on all cores as real processes: spread, figures, crashes, restarts under load, the end.
import { fileURLToPath } from "node:url";
import { type Channel, createChannel, createClient } from "@trunkline/client";
import { type PeerProcess, startPeer } from "@trunkline/testkit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

const program = fileURLToPath(new URL("dist/all-cores.js", import.meta.url));
const patience = { timeout: 15_000, interval: 20 };
let running: PeerProcess;
const channels: Channel[] = [];

beforeEach(async () => {
  running = await startPeer({
    command: process.execPath,
    args: [program],
    env: { PORT: "0", METRICS_PORT: "0", TRUNKLINE_VERBOSITY: "info" },
    readyLine: /^listening on (127\.0\.0\.1:\d+, metrics on \d+)$/,
  });
});

afterEach(async () => {
  for (const channel of channels.splice(0)) await channel.close();
  await running.stop();
});

const target = (): string => running.ready.split(",")[0]!;

/** A client with a connection of its own. */
function connectClient() {
  const channel = createChannel(target(), { shareConnections: false });
  channels.push(channel);
  return createClient(GreeterService, channel);
}

interface Aggregate {
  readonly total: { readonly server: Record<string, number> };
  readonly workers: readonly {
    readonly id: number;
    readonly slot: number;
    readonly pid: number;
    readonly figures: { readonly server: Record<string, number> };
  }[];
}

async function aggregate(): Promise<Aggregate> {
  const port = running.ready.split(" ").at(-1);
  return (await fetch(`http://127.0.0.1:${port}`)).json() as Promise<Aggregate>;
}

const pidsOf = ({ workers }: Aggregate): number[] => workers.map(({ pid }) => pid);

test("few connections are spread evenly, and figures are added up", async () => {
  const clients = Array.from({ length: 8 }, () => connectClient());
  await Promise.all(clients.map((client) => client.sayHello({ name: "Ada" })));
  const { total, workers } = await aggregate();
  expect(workers.map(({ slot }) => slot)).toEqual([1, 2]);
  expect(workers.map(({ figures }) => figures.server.openConnections)).toEqual([4, 4]);
  expect(total.server).toMatchObject({ openConnections: 8, streamsEnded: 8 });
});

test("Prometheus sees the workers side by side", async () => {
  const clients = Array.from({ length: 4 }, () => connectClient());
  await Promise.all(clients.map((client) => client.sayHello({ name: "Ada" })));
  const port = running.ready.split(" ").at(-1);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  for (const slot of [1, 2]) {
    const line = new RegExp(
      `^grpc_server_handled_total\\{.*SayHello.*worker="${slot}".*\\} 2$`,
      "m",
    );
    expect(text).toMatch(line);
  }
});

test("a worker that crashes is replaced", async () => {
  const before = pidsOf(await aggregate());
  const client = connectClient();
  await client.sayHello({ name: "crash" }).catch(() => {});
  await vi.waitFor(async () => {
    const after = pidsOf(await aggregate());
    expect(after).toHaveLength(2);
    expect(after.filter((pid) => before.includes(pid))).toHaveLength(1);
  }, patience);
  expect(running.output()).toContain("a worker has crashed");
  expect((await client.sayHello({ name: "Ada" }, { waitForReady: true })).greeting).toMatch(
    /^Hello/,
  );
});

test("no call fails in restarts under load, and counters go on", async () => {
  const before = pidsOf(await aggregate());
  let isOver = false;
  let calls = 0;
  const load = Array.from({ length: 8 }, async () => {
    const client = connectClient();
    while (!isOver) {
      await client.sayHello({ name: "Ada" }, { timeoutMs: 10_000 });
      calls++;
    }
  });
  const all = Promise.all(load);
  for (let round = 1; round <= 2; round++) {
    process.kill(running.child.pid!, "SIGHUP");
    const done = vi.waitFor(
      () => expect(running.output().split("restarted").length).toBe(round + 1),
      patience,
    );
    await Promise.race([done, all]);
  }
  isOver = true;
  await all;
  const after = await aggregate();
  expect(pidsOf(after).filter((pid) => before.includes(pid))).toEqual([]);
  expect(after.total.server.streamsEnded).toBe(calls);
});

test("SIGTERM to all processes ends them in good order", async () => {
  const client = connectClient();
  await client.sayHello({ name: "Ada" });
  for (const pid of pidsOf(await aggregate())) process.kill(pid, "SIGTERM");
  expect((await client.sayHello({ name: "Ada" })).greeting).toMatch(/^Hello/);
  expect(await running.stop()).toBe(0);
  expect(running.output()).toContain("all workers have ended");
});
