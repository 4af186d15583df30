// What a call costs when several processes serve beside one that does: both on the same core, so that nothing else differs.
import { nodePeer } from "../run/peers.js";
import type { BenchCase } from "./bench-case.js";
import { unaryEntrant } from "./server-unary.js";

const allCores = { ...nodePeer("trunkline-all-cores"), name: "two workers" };
const shape = { connections: 20, streams: 10 };

export const allCoresCases: readonly BenchCase[] = [
  {
    name: "all-cores",
    title: "Server, unary, 20 connections x 10 streams, one process and two workers on one core",
    unit: "calls/s",
    better: "higher",
    isInternal: true,
    entrants: (context) => [
      unaryEntrant(context.ours, shape, context),
      unaryEntrant(allCores, shape, context),
    ],
  },
];
