// What access logs cost a server: lines of all calls with pino, lines of failed and slow ones only (there are none), and no log.
import { nodePeer } from "../run/peers.js";
import type { BenchCase } from "./bench-case.js";
import { unaryEntrant } from "./server-unary.js";

const logging = nodePeer("trunkline-logging");
const shape = { connections: 10, streams: 10 };

export const loggingCases: readonly BenchCase[] = [
  {
    name: "access-log",
    title: "Server, unary, 10 connections x 10 streams, with access logs",
    unit: "calls/s",
    better: "higher",
    isInternal: true,
    entrants: (context) => [
      unaryEntrant(context.ours, shape, context),
      unaryEntrant({ ...logging, name: "log-errors" }, shape, context),
      unaryEntrant({ ...logging, name: "log-all", env: { BENCH_LOG: "all" } }, shape, context),
    ],
  },
];
