// The official SDK before the receiver, and a server and clients that are observed by our plugin; ended after each test.
import { type Context, context as contextApi, propagation } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type Sampler,
} from "@opentelemetry/sdk-trace-base";
import {
  type Channel,
  type ChannelOptions,
  type Client,
  createChannel,
  createClient,
} from "@trunkline/client";
import {
  createOpenTelemetry,
  type OpenTelemetry,
  type OpenTelemetryOptions,
} from "@trunkline/plugins/otel";
import {
  createServer,
  type ServerOptions,
  type ServiceImplementation,
  silentLog,
} from "@trunkline/server";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import { type OtlpReceiver, startReceiver } from "./otlp/otlp-receiver.js";
import type { ReceivedMetric } from "./otlp/received-metrics.js";
import type { ReceivedSpan } from "./otlp/received-spans.js";

const endings: (() => Promise<unknown> | undefined)[] = [];

/** Has something ended after the test. */
export function afterwards(end: () => Promise<unknown> | undefined): void {
  endings.unshift(end);
}

/** Ends what the test has started, the last first. */
export async function endAll(): Promise<void> {
  for (const end of endings.splice(0)) await end();
  contextApi.disable();
  propagation.disable();
}

/** The SDK, the plugin, and what of them has arrived at the receiver. */
export interface Telemetry extends OpenTelemetry {
  readonly receiver: OtlpReceiver;
  readonly tracerProvider: BasicTracerProvider;
  /** Exports what there is, and gives all spans of our plugin, in the order of their begins. */
  spans(): Promise<ReceivedSpan[]>;
  /** Exports what there is, and gives a metric of our plugin. */
  metric(name: string): Promise<ReceivedMetric | undefined>;
}

const scope = "@trunkline/plugins/otel";

/** Starts all of it. @param sampler default: all traces. */
export async function startTelemetry(
  options: OpenTelemetryOptions = {},
  sampler?: Sampler,
): Promise<Telemetry> {
  const receiver = await startReceiver();
  const { url } = receiver;
  const resource = resourceFromAttributes({ "service.name": "test" });
  const tracerProvider = new BasicTracerProvider({
    resource,
    ...(sampler && { sampler }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  });
  const exporter = new OTLPMetricExporter({ url });
  const metricProducers = options.metricTotals === undefined ? [] : [options.metricTotals];
  const reader = new PeriodicExportingMetricReader({
    exporter,
    metricProducers,
    exportIntervalMillis: 3_600_000,
  });
  const meterProvider = new MeterProvider({ resource, readers: [reader] });
  afterwards(async () => {
    await tracerProvider.shutdown();
    await meterProvider.shutdown();
    await receiver[Symbol.asyncDispose]();
  });
  return {
    ...createOpenTelemetry({ tracerProvider, meterProvider, ...options }),
    receiver,
    tracerProvider,
    async spans() {
      await tracerProvider.forceFlush();
      return inOrder(receiver.spans.filter((span) => span.scope === scope));
    },
    async metric(name) {
      await meterProvider.forceFlush();
      return receiver.metrics.get(`${scope} ${name}`);
    },
  };
}

/** By their begins; of those that begin at once, parents go first, and then what has ended first. */
function inOrder(spans: readonly ReceivedSpan[]): ReceivedSpan[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const depthOf = (span: ReceivedSpan): number => {
    const parent = byId.get(span.parentSpanId);
    return parent === undefined ? 0 : depthOf(parent) + 1;
  };
  return [...spans].sort(
    (a, b) => Number(a.startNs - b.startNs) || depthOf(a) - depthOf(b) || Number(a.endNs - b.endNs),
  );
}

/** What a context manager makes active. */
export function useContextManager(): void {
  contextApi.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
}

/** A server of `TestService` that is observed. */
export async function serve(
  telemetry: OpenTelemetry | undefined,
  implementation: ServiceImplementation<typeof TestService>,
  options: ServerOptions = {},
): Promise<string> {
  const observers = telemetry === undefined ? [] : [telemetry.server];
  const server = createServer({ log: silentLog, observers, ...options });
  afterwards(() => server.shutdown({ graceMs: 0 }));
  server.addService(TestService, implementation);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return `127.0.0.1:${port}`;
}

/** A client on a channel that is observed. */
export function connect(
  telemetry: OpenTelemetry | undefined,
  target: string,
  options: ChannelOptions = {},
): { readonly channel: Channel; readonly client: Client<typeof TestService> } {
  const observers = telemetry === undefined ? [] : [telemetry.client];
  const channel = createChannel(target, { log: silentLog, observers, ...options });
  afterwards(() => channel.close());
  return { channel, client: createClient(TestService, channel) };
}

/** Everything that an iterable gives. */
export async function collect<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const message of messages) all.push(message);
  return all;
}

/** The span of this name. @throws Error when there is none, or more than one. */
export function only(spans: readonly ReceivedSpan[], name: string): ReceivedSpan {
  const [span, ...others] = spans.filter((one) => one.name === name);
  if (span !== undefined && others.length === 0) return span;
  throw new Error(`expected one span ${name} among ${spans.map((one) => one.name).join(", ")}`);
}

/** Runs an action in a context. */
export function within<T>(context: Context, action: () => T): T {
  return contextApi.with(context, action);
}
