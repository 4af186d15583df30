// What a call costs when several processes serve beside one that does: both on the same core, so that nothing else differs.
import { nodePeer } from "../run/peers.js";
import type { BenchCase } from "./bench-case.js";
import { unaryEntrant } from "./server-unary.js";

const allCores = { ...nodePeer("trunkline-all-cores"), name: "two workers" };
/** Each worker gets as many connections as the one process. */
const one = { connections: 10, streams: 10 };
const two = { connections: 20, streams: 10 };

export const allCoresCases: readonly BenchCase[] = [
  {
    name: "all-cores",
    title:
      "Server, unary, 10 connections x 10 streams each: one process, two workers on the same core",
    unit: "calls/s",
    better: "higher",
    isInternal: true,
    entrants: (context) => [
      unaryEntrant(context.ours, one, context),
      unaryEntrant(allCores, two, context),
    ],
  },
];
