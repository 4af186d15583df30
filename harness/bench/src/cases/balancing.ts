// What balancing costs: calls over three addresses beside calls to one, and single picks of each policy.
import { fileURLToPath } from "node:url";
import { runClient } from "../run/client.js";
import type { Entrant } from "../run/measurement.js";
import { nodePeer, type Peer, type RunTime } from "../run/peers.js";
import { LOAD_CORE, run, SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

const balanced = nodePeer("trunkline-balanced");
const picks = fileURLToPath(new URL("../workload/picks.js", import.meta.url));
const MARGIN_MS = 30_000;

/** The server listens on every loopback address, so that three addresses lead to one and the same process. */
const anywhere = { BENCH_HOST: "0.0.0.0" };

function callsOf(name: string, peer: Peer, inFlight: number, context: BenchContext): Entrant {
  return {
    name,
    async measure() {
      const where = { core: SERVER_CORE, env: anywhere };
      await using server = await startServer(context.ours.server, where);
      const figures = await runClient(peer, "unary", server, inFlight, context.time);
      const { perSecond, cpuUsEach, p50Us, peakRssMib } = figures;
      return { value: perSecond, cpuUs: cpuUsEach, peakRssMib, ...(p50Us ? { p50Us } : {}) };
    },
  };
}

const callCases: readonly BenchCase[] = [1, 16, 100].map((inFlight) => ({
  name: `client-balanced-${inFlight}`,
  title: `Client, unary, ${inFlight} in flight, round_robin over 3 addresses and a retry policy`,
  unit: "calls/s",
  better: "higher",
  isInternal: true,
  entrants: (context) => [
    callsOf(context.ours.name, balanced, inFlight, context),
    callsOf("pick_first", context.ours, inFlight, context),
  ],
}));

const child = [{ round_robin: {} }];
const policies: Readonly<Record<string, object>> = {
  round_robin: { round_robin: {} },
  pick_first: { pick_first: {} },
  weighted_round_robin: { weighted_round_robin: {} },
  least_request: { least_request: {} },
  peak_ewma: { peak_ewma: {} },
  ring_hash: { ring_hash: { requestHashHeader: "session" } },
  random_subsetting: { random_subsetting: { subsetSize: 2, childPolicy: child } },
  outlier_detection: { outlier_detection: { failurePercentageEjection: {}, childPolicy: child } },
  zone_preference: { zone_preference: { zone: "a", childPolicy: child } },
};

function picksOf(name: string, config: object, endpoints: number, time: RunTime): Entrant {
  return {
    name,
    async measure() {
      const settings = [JSON.stringify(config), endpoints, time.warmMs, time.measureMs].map(String);
      const limitMs = time.warmMs + time.measureMs + MARGIN_MS;
      const text = await run([process.execPath, picks, ...settings], { core: LOAD_CORE, limitMs });
      const { nanoseconds } = JSON.parse(text) as { nanoseconds: number };
      return { value: nanoseconds, cpuUs: nanoseconds / 1000 };
    },
  };
}

const pickCases: readonly BenchCase[] = [3, 100].map((endpoints) => ({
  name: `pick-${endpoints}`,
  title: `One pick, and what is counted of its call, ${endpoints} endpoints; ours is round_robin`,
  unit: "ns",
  better: "lower",
  isInternal: true,
  entrants: ({ ours, time }) =>
    Object.entries(policies).map(([name, config], i) =>
      picksOf(i === 0 ? ours.name : name, config, endpoints, time),
    ),
}));

export const balancingCases: readonly BenchCase[] = [...callCases, ...pickCases];
