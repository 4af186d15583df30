// Metrics for Prometheus: of a server, of a channel, on a port to scrape; and the events behind them.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Channel, createChannel } from "@trunkline/client";
import {
  aggregateMetrics,
  createClientMetrics,
  createServerMetrics,
  type MetricsServer,
  serveMetrics,
} from "@trunkline/plugins/prometheus";
import {
  codeName,
  createServer,
  RecordSlot,
  type Server,
  type ServerCallRecord,
  type ServerObserver,
} from "@trunkline/server";
import type { PrimaryProcess, WorkerContext } from "@trunkline/server/cluster";
import { Counter, type Registry } from "prom-client";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** A server that is counted. */
export function createCountedServer(registry: Registry): Server {
  const server = createServer();
  server.addService(GreeterService, {
    sayHello: ({ name }) => ({ greeting: `Hello, ${name}!` }),
  });
  createServerMetrics({ registry, handlingTime: true }).watch(server);
  return server;
}

/** Has Prometheus scrape at http://HOST:9464/metrics, from other machines as well. */
export function openMetricsPort(registry: Registry, port = 9464): Promise<MetricsServer> {
  return serveMetrics({ port, host: "0.0.0.0", registry });
}

/** A channel whose calls and connections are counted. */
export function openCountedChannel(target: string, registry: Registry): Channel {
  const metrics = createClientMetrics({ registry });
  const channel = createChannel(target, { observers: [metrics] });
  metrics.watch(channel);
  return channel;
}

/** Latencies in the steps that an objective is about, with the trace of a call for each of them. */
export function countWithExemplars(
  server: Server,
  registry: Registry,
  traceOf: (call: ServerCallRecord) => string | undefined,
): void {
  const exemplar = (call: unknown) => {
    const trace_id = traceOf(call as ServerCallRecord);
    return trace_id === undefined ? undefined : { trace_id };
  };
  createServerMetrics({
    registry,
    labels: { zone: "eu-1" },
    handlingTime: { buckets: [0.01, 0.05, 0.25, 1], exemplar },
  }).watch(server);
}

/** A worker of `serveOnAllCores` that says what it has counted. */
export function answerWithMetrics(worker: WorkerContext, registry: Registry): void {
  worker.answer("metrics", () => registry.getMetricsAsJSON());
}

/** The metrics of all workers together, on one port of the primary process. */
export function openMetricsOfAll(cluster: PrimaryProcess, port = 9464): Promise<MetricsServer> {
  const registry = aggregateMetrics(() => cluster.ask("metrics"));
  return serveMetrics({ port, host: "0.0.0.0", registry });
}

/** An observer of one's own: bytes of responses, by method. */
export function createByteCounter(registry: Registry): ServerObserver {
  const bytes = new Counter({
    name: "greeter_sent_bytes_total",
    help: "Bytes of responses, compressed.",
    labelNames: ["method"],
    registers: [registry],
  });
  const name = new RecordSlot<string>();
  return {
    callStarted(call) {
      // What clients make up must not become a label.
      call.set(name, call.isRegistered ? call.path : "unknown");
    },
    callEnded(call) {
      bytes.inc({ method: call.get(name) ?? "unknown" }, call.sentWireBytes);
    },
  };
}

/** Writes a line for each call of each server of the process that fails, however they were made. @returns what ends it. */
export function followFailures(lines: string[]): () => void {
  const onEnd = (message: unknown): void => {
    const { call } = message as { call: ServerCallRecord };
    if (call.error !== undefined) lines.push(`${call.path}: ${codeName(call.code)}`);
  };
  subscribe("trunkline.server.call.end", onEnd);
  return () => void unsubscribe("trunkline.server.call.end", onEnd);
}
