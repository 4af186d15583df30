// Metrics and traces by OpenTelemetry: the SDK, a server and a channel that are observed, and handlers that take part.
import { context, type TracerProvider, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { CompositePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import {
  MeterProvider,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-base";
import { type Channel, createChannel, createClient } from "@trunkline/client";
import {
  contextOf,
  createMetricTotals,
  createOpenTelemetry,
  GrpcTraceBinPropagator,
  type OpenTelemetry,
  type OpenTelemetryOptions,
  serverSpan,
} from "@trunkline/plugins/otel";
import { createServer, type Server } from "@trunkline/server";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";

/** The SDK: exports to a collector, metrics once a minute and a tenth of all traces. */
export function startSdk(url = "http://localhost:4317"): {
  readonly tracerProvider: BasicTracerProvider;
  readonly meterProvider: MeterProvider;
} {
  const resource = resourceFromAttributes({ "service.name": "greeter" });
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(0.1) });
  const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter({ url }))];
  const exporter = new OTLPMetricExporter({ url });
  const readers = [new PeriodicExportingMetricReader({ exporter })];
  return {
    tracerProvider: new BasicTracerProvider({ resource, sampler, spanProcessors }),
    meterProvider: new MeterProvider({ resource, readers }),
  };
}

/** A server and a channel whose calls are counted and traced. */
export function observe(sdk: OpenTelemetryOptions, target: string): [Server, Channel] {
  const telemetry = createOpenTelemetry(sdk);
  const server = createServer({ observers: [telemetry.server] });
  const channel = createChannel(target, { observers: [telemetry.client] });
  return [server, channel];
}

/** A handler that adds to its span, has a span of its own, and makes a further call in the same trace. */
export function addGreeter(server: Server, translator: Channel, provider: TracerProvider): void {
  const tracer = provider.getTracer("greeter");
  const translations = createClient(GreeterService, translator);
  server.addService(GreeterService, {
    async sayHello({ name }, call) {
      call.context.get(serverSpan)?.setAttribute("greeter.name", name);
      const span = tracer.startSpan("look up the name", {}, contextOf(call));
      span.end();
      return translations.sayHello({ name }, { parent: call });
    },
  });
}

/** With a context manager the span of the call is the active one, and `parent` is not needed. */
export function useActiveContext(): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

/** What is run while a call is handled finds its span by itself. */
export function noteCacheMiss(): void {
  trace.getActiveSpan()?.addEvent("cache miss");
}

/** Peers that know `grpc-trace-bin` alone are understood, and understand. */
export function createBilingual(sdk: OpenTelemetryOptions): OpenTelemetry {
  const propagators = [new GrpcTraceBinPropagator(), new W3CTraceContextPropagator()];
  return createOpenTelemetry({ ...sdk, propagator: new CompositePropagator({ propagators }) });
}

/** Names of the semantic conventions, no spans of health checks, retries counted, and a tenth of a percent of traces. */
export function createThrifty(sdk: OpenTelemetryOptions): OpenTelemetry {
  return createOpenTelemetry({
    ...sdk,
    conventions: "both",
    metrics: { enable: ["grpc.client.call.retries"] },
    traceFilter: (method) => !method.startsWith("grpc.health.v1.Health/"),
    traceRatio: 0.001,
  });
}

/** Metrics that the plugin counts itself: the reader collects them, and the SDK has nothing to do for each call. */
export function countCheaply(exporter: PushMetricExporter): [OpenTelemetry, MeterProvider] {
  const metricTotals = createMetricTotals();
  const metricProducers = [metricTotals];
  const reader = new PeriodicExportingMetricReader({ exporter, metricProducers });
  return [createOpenTelemetry({ metricTotals }), new MeterProvider({ readers: [reader] })];
}
