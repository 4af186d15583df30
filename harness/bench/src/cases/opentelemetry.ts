// What OpenTelemetry costs a server: traces that the sampler turns down, those that the plugin's own share does, and metrics, kept by the plugin and by the SDK.
import { nodePeer } from "../run/peers.js";
import type { BenchCase } from "./bench-case.js";
import { unaryEntrant } from "./server-unary.js";

const observed = nodePeer("trunkline-otel");
const shape = { connections: 10, streams: 10 };

export const openTelemetryCases: readonly BenchCase[] = [
  {
    name: "opentelemetry",
    title: "Server, unary, 10 connections x 10 streams, with OpenTelemetry",
    unit: "calls/s",
    better: "higher",
    isInternal: true,
    entrants: (context) => [
      unaryEntrant(context.ours, shape, context),
      ...["ratio", "sampler", "totals", "metrics"].map((setup) =>
        unaryEntrant(
          { ...observed, name: `otel-${setup}`, env: { BENCH_OTEL: setup } },
          shape,
          context,
        ),
      ),
    ],
  },
];
