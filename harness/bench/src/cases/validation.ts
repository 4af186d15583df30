// What validation costs a server: GetUser with a rule for its id beside GetUser without.
import { nodePeer } from "../run/peers.js";
import type { BenchCase } from "./bench-case.js";
import { unaryEntrant } from "./server-unary.js";

const validating = { ...nodePeer("trunkline-validating"), name: "validating" };
const shape = { connections: 10, streams: 10 };

export const validationCases: readonly BenchCase[] = [
  {
    name: "validation",
    title: "Server, unary, 10 connections x 10 streams, requests validated and not",
    unit: "calls/s",
    better: "higher",
    isInternal: true,
    entrants: (context) => [
      unaryEntrant(context.ours, shape, context),
      unaryEntrant(validating, shape, context),
    ],
  },
];
