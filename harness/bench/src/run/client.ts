// Runs one workload of a peer's client on the core for load, and works out rates.
import type { ClientResult } from "../workload/run-client.js";
import type { Peer, RunTime, Workload } from "./peers.js";
import { LOAD_CORE, run, type ServerProcess } from "./process.js";

export interface ClientFigures {
  readonly perSecond: number;
  /** CPU time of the client for one call, message or byte. */
  readonly cpuUsEach: number;
  readonly p50Us: number | undefined;
  readonly peakRssMib: number;
}

/** Whole uploads of a slow peer may run far past the measured time. */
const MARGIN_MS = 120_000;

export async function runClient(
  peer: Peer,
  workload: Workload,
  server: ServerProcess,
  inFlight: number,
  time: RunTime,
): Promise<ClientFigures> {
  const command = peer.client?.(workload, server.port, inFlight, time);
  if (!command) throw new Error(`${peer.name} has no client`);
  const limitMs = time.warmMs + time.measureMs + MARGIN_MS;
  const text = await run(command, { core: LOAD_CORE, limitMs, env: peer.env });
  const result = JSON.parse(text) as ClientResult;
  return {
    perSecond: result.count / result.seconds,
    cpuUsEach: result.cpuUs / result.count,
    p50Us: result.p50Us,
    peakRssMib: result.peakRssBytes / 2 ** 20,
  };
}
