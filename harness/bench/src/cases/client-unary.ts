// Unary calls by each client against one and the same server, ours.
import { type ClientFigures, runClient } from "../run/client.js";
import type { Entrant, Figures } from "../run/measurement.js";
import type { Peer } from "../run/peers.js";
import { SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

function createEntrant(peer: Peer, inFlight: number, context: BenchContext): Entrant {
  return { name: peer.name, measure: () => measure(peer, inFlight, context) };
}

async function measure(peer: Peer, inFlight: number, context: BenchContext): Promise<Figures> {
  await using server = await startServer(context.ours.server, { core: SERVER_CORE });
  const result: ClientFigures = await runClient(peer, "unary", server, inFlight, context.time);
  return {
    value: result.perSecond,
    cpuUs: result.cpuUsEach,
    peakRssMib: result.peakRssMib,
    ...(result.p50Us === undefined ? {} : { p50Us: result.p50Us }),
  };
}

export const clientUnaryCases: readonly BenchCase[] = [1, 16, 100].map((inFlight) => ({
  name: `client-unary-${inFlight}`,
  title: `Client, unary, ${inFlight} in flight, against our server`,
  unit: "calls/s",
  better: "higher",
  entrants: (context) =>
    [context.ours, ...context.rivals]
      .filter(({ client }) => client)
      .map((peer) => createEntrant(peer, inFlight, context)),
}));
