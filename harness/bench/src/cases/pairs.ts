// Each library's client against its own server: streams and large messages.
import { runClient } from "../run/client.js";
import type { Entrant, Figures } from "../run/measurement.js";
import { bareSocket, type Peer, type Workload } from "../run/peers.js";
import { readRss, SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

interface Pairing {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly workload: Workload;
  /** How many of what the client counts make one unit. */
  readonly perUnit: number;
  /** Whether a bare socket can do the same, and shows what the limit is. */
  readonly onSocket?: boolean;
}

function createEntrant(peer: Peer, pairing: Pairing, context: BenchContext): Entrant {
  return { name: peer.name, measure: () => measure(peer, pairing, context) };
}

async function measure(peer: Peer, pairing: Pairing, context: BenchContext): Promise<Figures> {
  await using server = await startServer(peer.server, { core: SERVER_CORE, env: peer.env });
  const result = await runClient(peer, pairing.workload, server, 1, context.time);
  const serverPeakMib = readRss(server.pid).peak / 2 ** 20;
  return {
    value: result.perSecond / pairing.perUnit,
    cpuUs: result.cpuUsEach * pairing.perUnit,
    peakRssMib: Math.max(result.peakRssMib, serverPeakMib),
    ...(result.p50Us === undefined ? {} : { p50Us: result.p50Us }),
  };
}

const pairings: readonly Pairing[] = [
  {
    name: "server-stream",
    title: "Server streaming, 100,000 small messages a call, own pair",
    unit: "messages/s",
    workload: "list",
    perUnit: 1,
  },
  {
    name: "bidi-ping-pong",
    title: "Bidirectional ping-pong on one stream, own pair",
    unit: "round trips/s",
    workload: "chat",
    perUnit: 1,
    onSocket: true,
  },
  {
    name: "echo-1mib",
    title: "Unary echo of 1 MiB, one at a time, own pair",
    unit: "calls/s",
    workload: "echo",
    perUnit: 1,
    onSocket: true,
  },
  {
    name: "upload",
    title: "Upload of 512 MiB in chunks of 64 KiB, own pair",
    unit: "MiB/s",
    workload: "upload",
    perUnit: 2 ** 20,
  },
];

export const pairCases: readonly BenchCase[] = pairings.map(({ onSocket, ...pairing }) => ({
  ...pairing,
  ...(onSocket ? { floor: (context) => createEntrant(bareSocket, pairing, context) } : {}),
  better: "higher",
  entrants: (context) =>
    [context.ours, ...context.rivals]
      .filter(({ can }) => can.streams)
      .map((peer) => createEntrant(peer, pairing, context)),
}));
