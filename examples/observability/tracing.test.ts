// The servers and channels of the guide to traces: which spans and metrics there are.
import { context, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { createChannel, createClient } from "@trunkline/client";
import { createServer, type Server } from "@trunkline/server";
import { afterEach, expect, it } from "vitest";
import { GreeterService } from "./gen/trunkline/examples/hello/v1/hello_pb.js";
import {
  addGreeter,
  countCheaply,
  createBilingual,
  createThrifty,
  noteCacheMiss,
  observe,
  startSdk,
  useActiveContext,
} from "./tracing.js";

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  context.disable();
});

function memorySdk() {
  const spans = new InMemorySpanExporter();
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter: metrics });
  const tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(spans)],
  });
  const meterProvider = new MeterProvider({ readers: [reader] });
  closing.push(
    () => tracerProvider.shutdown(),
    () => meterProvider.shutdown(),
  );
  return { spans, metrics, tracerProvider, meterProvider };
}

async function listen(server: Server): Promise<string> {
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  closing.unshift(() => server.shutdown({ graceMs: 0 }));
  return `127.0.0.1:${port}`;
}

async function startTranslator(): Promise<string> {
  const server = createServer();
  server.addService(GreeterService, { sayHello: ({ name }) => ({ greeting: `Hallo, ${name}!` }) });
  return listen(server);
}

async function greet(target: string): Promise<string> {
  const channel = createChannel(target);
  closing.unshift(() => channel.close());
  const { greeting } = await createClient(GreeterService, channel).sayHello({ name: "Ann" });
  return greeting;
}

it("a trace goes through the handler to the next server", async () => {
  const { spans, metrics, ...sdk } = memorySdk();
  const [server, translator] = observe(sdk, await startTranslator());
  closing.unshift(() => translator.close());
  addGreeter(server, translator, sdk.tracerProvider);
  expect(await greet(await listen(server))).toBe("Hallo, Ann!");
  const finished = spans.getFinishedSpans();
  const names = finished.map(({ name }) => name.replace("trunkline.examples.hello.v1.", ""));
  expect(names).toEqual([
    "look up the name",
    "Attempt.GreeterService.SayHello",
    "Sent.GreeterService.SayHello",
    "Recv.GreeterService.SayHello",
  ]);
  expect(new Set(finished.map((span) => span.spanContext().traceId)).size).toBe(1);
  expect(finished[3]?.attributes).toMatchObject({ "greeter.name": "Ann" });
  await sdk.meterProvider.forceFlush();
  const exported = metrics.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
  expect(exported.map(({ descriptor }) => descriptor.name)).toContain("grpc.server.call.duration");
});

it("the span is active where there is a context manager", async () => {
  useActiveContext();
  const { spans, metrics, ...sdk } = memorySdk();
  const { server: observer } = createBilingual(sdk);
  const server = createServer({ observers: [observer] });
  server.addService(GreeterService, {
    sayHello() {
      noteCacheMiss();
      return { greeting: String(trace.getActiveSpan()?.isRecording()) };
    },
  });
  expect(await greet(await listen(server))).toBe("true");
  expect(spans.getFinishedSpans()[0]?.events.map(({ name }) => name)).toContain("cache miss");
});

it("one in a thousand traces is few", async () => {
  const { spans, metrics, ...sdk } = memorySdk();
  const { server: observer } = createThrifty(sdk);
  const server = createServer({ observers: [observer] });
  server.addService(GreeterService, { sayHello: () => ({ greeting: "hello" }) });
  const target = await listen(server);
  for (let i = 0; i < 5; i++) await greet(target);
  expect(spans.getFinishedSpans().length).toBeLessThan(5);
});

it("metrics of the plugin's own are collected by the reader", async () => {
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const [{ server: observer }, provider] = countCheaply(metrics);
  const server = createServer({ observers: [observer] });
  server.addService(GreeterService, { sayHello: () => ({ greeting: "hello" }) });
  await greet(await listen(server));
  await provider.forceFlush();
  const [started] = metrics.getMetrics()[0]?.scopeMetrics[0]?.metrics ?? [];
  expect(started).toMatchObject({
    descriptor: { name: "grpc.server.call.started" },
    dataPoints: [{ value: 1 }],
  });
  await provider.shutdown();
});

it("the SDK starts without a collector", async () => {
  const { tracerProvider, meterProvider } = startSdk("http://127.0.0.1:1");
  await tracerProvider.shutdown();
  await meterProvider.shutdown().catch(() => undefined);
});
