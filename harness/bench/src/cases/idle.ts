// What connections and streams cost a server in memory while nothing happens on them.
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Entrant, Figures } from "../run/measurement.js";
import type { Peer } from "../run/peers.js";
import { LOAD_CORE, readRss, SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

const opener = fileURLToPath(new URL("../workload/open-idle.js", import.meta.url));
/** Garbage of the opening is collected and pages are given back. */
const SETTLE_MS = 3000;

interface Shape {
  /** Connections, with their streams, that are there before: what the process itself grows by under load is no connection's share. */
  readonly before: number;
  readonly connections: number;
  readonly streamsEach: number;
}

async function measure(peer: Peer, { before, connections, streamsEach }: Shape): Promise<Figures> {
  await using server = await startServer(peer.server, { core: SERVER_CORE, env: peer.env });
  const open = (count: number) =>
    startServer([process.execPath, opener, server.port, count, streamsEach].map(String), {
      core: LOAD_CORE,
    });
  await using _before = await open(before);
  await delay(SETTLE_MS);
  const rssBefore = readRss(server.pid).now;
  await using _opened = await open(connections);
  await delay(SETTLE_MS);
  const rss = readRss(server.pid);
  return { value: (rss.now - rssBefore) / 2 ** 20, peakRssMib: rss.peak / 2 ** 20 };
}

function createCase(name: string, title: string, shape: Shape, streams: boolean): BenchCase {
  const createEntrant = (peer: Peer): Entrant => ({
    name: peer.name,
    measure: () => measure(peer, shape),
  });
  return {
    name,
    title,
    unit: "MiB more",
    better: "lower",
    entrants: ({ ours, rivals }: BenchContext) =>
      [ours, ...rivals].filter(({ can }) => can.streams || !streams).map(createEntrant),
  };
}

export const idleCases: readonly BenchCase[] = [
  createCase(
    "idle-connections",
    "Memory of 1,000 idle connections on top of 4,000, one call made on each",
    { before: 4000, connections: 1000, streamsEach: 0 },
    false,
  ),
  createCase(
    "idle-streams",
    "Memory of 10,000 idle streams on top of as many, 100 a connection, one message answered on each",
    { before: 100, connections: 100, streamsEach: 100 },
    true,
  ),
];
