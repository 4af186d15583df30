// Unary calls against each server: h2load on one core, the server on the other.
import { type LoadShape, loadServer } from "../run/h2load.js";
import type { Entrant, Figures } from "../run/measurement.js";
import { bareNet, type Peer } from "../run/peers.js";
import { readRss, SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

/** How many connections, and calls under way on each. */
export interface Shape {
  readonly connections: number;
  readonly streams: number;
  readonly tls?: boolean;
}

/** One server under this load. */
export function unaryEntrant(peer: Peer, shape: Shape, context: BenchContext): Entrant {
  return { name: peer.name, measure: () => measure(peer, shape, context) };
}

async function measure(peer: Peer, shape: Shape, context: BenchContext): Promise<Figures> {
  const { keyFile, certFile } = context.tls;
  const command = shape.tls ? [...peer.server, "--tls", keyFile, certFile] : peer.server;
  await using server = await startServer(command, { core: SERVER_CORE, env: peer.env });
  const load: LoadShape = { tls: false, ...shape, bodyFile: context.bodyFile };
  const { callsPerSecond, cpuUsPerCall } = await loadServer(server, load, context.time);
  const peakRssMib = readRss(server.pid).peak / 2 ** 20;
  return { value: callsPerSecond, cpuUs: cpuUsPerCall, peakRssMib };
}

function createCase(name: string, title: string, shape: Shape): BenchCase {
  return {
    name,
    title,
    unit: "calls/s",
    better: "higher",
    entrants: (context) =>
      [context.ours, ...context.rivals].map((peer) => unaryEntrant(peer, shape, context)),
    ...(shape.tls ? {} : { floor: (context) => unaryEntrant(bareNet, shape, context) }),
  };
}

export const serverUnaryCases: readonly BenchCase[] = [
  createCase("server-unary-10x10", "Server, unary, 10 connections x 10 streams", {
    connections: 10,
    streams: 10,
  }),
  createCase("server-unary-1x100", "Server, unary, 1 connection x 100 streams", {
    connections: 1,
    streams: 100,
  }),
  createCase("server-unary-100x1", "Server, unary, 100 connections x 1 stream", {
    connections: 100,
    streams: 1,
  }),
  createCase("tls-server-unary", "Server over TLS, unary, 10 connections x 10 streams", {
    connections: 10,
    streams: 10,
    tls: true,
  }),
];
