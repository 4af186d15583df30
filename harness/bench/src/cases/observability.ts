// What it costs a server to be watched: GetUser with and without metrics.
import { nodePeer } from "../run/peers.js";
import type { BenchCase } from "./bench-case.js";
import { unaryEntrant } from "./server-unary.js";

const observed = (what: string): ReturnType<typeof nodePeer> => ({
  ...nodePeer("trunkline-observed"),
  name: what,
  env: { OBSERVE: what },
});
const shape = { connections: 10, streams: 10 };

export const observabilityCases: readonly BenchCase[] = [
  {
    name: "metrics",
    title: "Server, unary, 10 connections x 10 streams, with metrics and without",
    unit: "calls/s",
    better: "higher",
    isInternal: true,
    entrants: (context) => [
      unaryEntrant(context.ours, shape, context),
      unaryEntrant(observed("metrics"), shape, context),
      unaryEntrant(observed("metrics-with-times"), shape, context),
    ],
  },
];
