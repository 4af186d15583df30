// Whether memory stays flat while channels come and go, and while connections do.
import type { Program } from "@trunkline/testkit";
import { judgeGrowth, type LeakLimits, type MemorySample, toMib } from "../run/leak.js";
import type { Stage } from "../run/stage.js";
import type { Measured, Scenario } from "../scenario.js";

const sampleCount = 20;
const mib = 2 ** 20;

async function repeat(
  client: Program,
  count: number,
  limits: LeakLimits,
  work: (count: number) => Promise<MemorySample>,
): Promise<Measured> {
  const begunMs = performance.now();
  const sampled = async (): Promise<MemorySample[]> => {
    const samples: MemorySample[] = [];
    for (let i = 0; i < sampleCount; i++) samples.push(await work(count / sampleCount));
    return samples;
  };
  let samples = await sampled();
  // What only takes long to warm up stops to grow; what leaks does not.
  if (judgeGrowth(samples, limits).faults.length > 0) samples = await sampled();
  const { heapBytesEach, rssBytes, faults } = judgeGrowth(samples, limits);
  const first = samples[0]!;
  const last = samples.at(-1)!;
  const seconds = (performance.now() - begunMs) / 1000;
  const open = await client.ask<number>("connections", {});
  return {
    calls: last.done,
    figures:
      `heap ${heapBytesEach.toFixed(1)} bytes each, RSS ${rssBytes < 0 ? "-" : "+"}${toMib(Math.abs(rssBytes))} MiB ` +
      `(${toMib(first.rssBytes)} -> ${toMib(last.rssBytes)} MiB), ${seconds.toFixed(0)} s`,
    faults: open > 16 ? [...faults, `${open} connections are still open`] : faults,
  };
}

const askLimitMs = 120_000;

async function cycleChannels(stage: Stage, count: number): Promise<Measured> {
  const [server] = await stage.serveMany(1);
  const client = await stage.program("leak-client", ["--expose-gc"]);
  return repeat(client, count, { heapBytesEach: 64, rssBytes: 16 * mib }, (part) =>
    client.ask("cycle", { address: server!.address, count: part }, askLimitMs),
  );
}

async function reconnect(stage: Stage, count: number): Promise<Measured> {
  const kind = { program: "crooked-server", options: "one-call" } as const;
  await stage.serve(...Array.from({ length: 8 }, () => kind));
  const client = await stage.program("leak-client", ["--expose-gc"]);
  await client.ask("open", stage.addresses);
  return repeat(client, count, { heapBytesEach: 16, rssBytes: 16 * mib }, (part) =>
    client.ask("reconnect", { count: part }, askLimitMs),
  );
}

/** See the file's first line. */
export const leaks: readonly Scenario[] = [
  {
    name: "channel-cycles",
    about: "10,000 channels are made, make a call and are closed: memory is flat",
    isLong: true,
    rules: [],
    play: (stage) => cycleChannels(stage, 10_000),
  },
  {
    name: "reconnects",
    about: "100,000 connections are lost and made again: memory is flat",
    isLong: true,
    rules: [],
    play: (stage) => reconnect(stage, 100_000),
  },
];
