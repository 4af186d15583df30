// The official SDK's exporters are understood: what they send over OTLP/gRPC arrives.
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-grpc";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-grpc";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { expect, it } from "vitest";
import { startReceiver } from "./otlp-receiver.js";

it("a span of the official SDK", async () => {
  await using receiver = await startReceiver();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(new OTLPTraceExporter({ url: receiver.url }))],
  });
  const span = provider.getTracer("app", "1.2").startSpan("work", { kind: SpanKind.SERVER });
  span.addEvent("half", { done: 50 }).setAttributes({ list: ["a", "b"], ok: true, share: 0.5 });
  span.setStatus({ code: SpanStatusCode.ERROR, message: "broken" }).end();
  await provider.shutdown();
  expect(receiver.spans).toMatchObject([
    {
      name: "work",
      kind: "SERVER",
      scope: "app",
      scopeVersion: "1.2",
      spanId: span.spanContext().spanId,
      traceId: span.spanContext().traceId,
      parentSpanId: "",
      attributes: { list: ["a", "b"], ok: true, share: 0.5 },
      events: [{ name: "half", attributes: { done: 50 } }],
      status: "ERROR",
      statusMessage: "broken",
    },
  ]);
});

it("metrics of the official SDK", async () => {
  await using receiver = await startReceiver();
  const exporter = new OTLPMetricExporter({ url: receiver.url });
  const provider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter })],
  });
  const meter = provider.getMeter("app");
  meter.createCounter("work.done", { unit: "{piece}" }).add(3, { kind: "a" });
  const advice = { explicitBucketBoundaries: [1, 10] };
  meter.createHistogram("work.size", { unit: "By", advice }).record(7);
  await provider.shutdown();
  expect([...receiver.metrics.keys()]).toEqual(["app work.done", "app work.size"]);
  expect(receiver.metrics.get("app work.done")).toMatchObject({
    unit: "{piece}",
    type: "sum",
    isMonotonic: true,
    points: [{ attributes: { kind: "a" }, value: 3 }],
  });
  expect(receiver.metrics.get("app work.size")).toMatchObject({
    type: "histogram",
    points: [{ value: 1, sum: 7, bounds: [1, 10], counts: [0, 1, 0] }],
  });
});
