// Traces that go on from process to process: W3C Trace Context, baggage, grpc-trace-bin, parents, contexts that are active.
import {
  context as contextApi,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
} from "@opentelemetry/api";
import {
  CompositePropagator,
  W3CBaggagePropagator,
  W3CTraceContextPropagator,
} from "@opentelemetry/core";
import { AlwaysOffSampler } from "@opentelemetry/sdk-trace-base";
import { type Channel, createClient } from "@trunkline/client";
import { contextOf, GrpcTraceBinPropagator, serverSpan } from "@trunkline/plugins/otel";
import { Metadata, type ServerCall } from "@trunkline/server";
import { afterEach, describe, expect, it } from "vitest";
import { TestService } from "./gen/trunkline/test/v1/test_service_pb.js";
import {
  connect,
  endAll,
  only,
  serve,
  startTelemetry,
  type Telemetry,
  useContextManager,
  within,
} from "./telemetry.js";

afterEach(endAll);

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const recv = "Recv.trunkline.test.v1.TestService.Unary";
const attempt = "Attempt.trunkline.test.v1.TestService.Unary";
const sent = "Sent.trunkline.test.v1.TestService.Unary";

/** A server that answers with the trace fields of its requests, as text. */
const echoFields = {
  unary: (_request: unknown, { metadata }: ServerCall) => ({
    text: JSON.stringify(
      Object.fromEntries(
        ["traceparent", "tracestate", "baggage", "grpc-trace-bin"].map((name) => [
          name,
          String(metadata.get(name)),
        ]),
      ),
    ),
  }),
};

describe("what a client brings", () => {
  it.each([
    ["sampled", "01", 1],
    ["not sampled", "00", 0],
  ])("W3C Trace Context: %s", async (_what, flags, count) => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, { unary: () => ({}) });
    const { client } = connect(undefined, target);
    const metadata = new Metadata({ traceparent: `00-${traceId}-${spanId}-${flags}` });
    await client.unary({}, { metadata });
    const spans = await telemetry.spans();
    expect(spans.map(({ name, traceId: id, parentSpanId }) => [name, id, parentSpanId])).toEqual(
      Array.from({ length: count }, () => [recv, traceId, spanId]),
    );
  });

  it.each([
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
    "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "00-00000000000000000000000000000000-b7ad6b7169203331-01",
    "anything",
  ])("nonsense begins a trace of its own: %s", async (traceparent) => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, { unary: () => ({}) });
    const { client } = connect(undefined, target);
    await client.unary({}, { metadata: new Metadata({ traceparent }) });
    expect(only(await telemetry.spans(), recv)).toMatchObject({
      parentSpanId: "",
      traceId: expect.not.stringContaining(traceId),
    });
  });

  it.each([
    ["by the plugin's option", false],
    ["by the global propagator", true],
  ])("trace state, baggage and grpc-trace-bin: %s", async (_how, isGlobal) => {
    const propagator: TextMapPropagator = new CompositePropagator({
      propagators: [
        new GrpcTraceBinPropagator(),
        new W3CTraceContextPropagator(),
        new W3CBaggagePropagator(),
      ],
    });
    if (isGlobal) propagation.setGlobalPropagator(propagator);
    const telemetry = await startTelemetry(isGlobal ? {} : { propagator });
    const found: unknown[] = [];
    const target = await serve(telemetry, {
      unary(_request, call) {
        const context = contextOf(call);
        found.push(
          trace.getSpanContext(context)?.traceState?.serialize(),
          propagation.getBaggage(context)?.getEntry("tenant")?.value,
        );
        return {};
      },
    });
    const { client } = connect(undefined, target);
    const traceparent = `00-${traceId}-${spanId}-01`;
    await client.unary(
      {},
      { metadata: new Metadata({ traceparent, tracestate: "a=1,b=2", baggage: "tenant=acme" }) },
    );
    const bin = Buffer.from(`0000${traceId}01${spanId}0201`, "hex");
    await client.unary({}, { metadata: new Metadata({ "grpc-trace-bin": bin }) });
    expect(found).toEqual(["a=1,b=2", "acme", undefined, undefined]);
    expect((await telemetry.spans()).map((span) => [span.traceId, span.parentSpanId])).toEqual([
      [traceId, spanId],
      [traceId, spanId],
    ]);
  });
});

describe("what a client sends", () => {
  it("names the attempt, by every propagator", async () => {
    const propagator = new CompositePropagator({
      propagators: [
        new W3CTraceContextPropagator(),
        new GrpcTraceBinPropagator(),
        new W3CBaggagePropagator(),
      ],
    });
    useContextManager();
    const telemetry = await startTelemetry({ propagator });
    const target = await serve(undefined, echoFields);
    const { client } = connect(telemetry, target);
    const baggage = propagation.createBaggage({ tenant: { value: "acme" } });
    const { text } = await within(propagation.setBaggage(ROOT_CONTEXT, baggage), () =>
      client.unary({}),
    );
    const span = only(await telemetry.spans(), attempt);
    expect(JSON.parse(text)).toEqual({
      traceparent: `00-${span.traceId}-${span.spanId}-01`,
      tracestate: "undefined",
      baggage: "tenant=acme",
      "grpc-trace-bin": String(
        Buffer.from(`0000${span.traceId}01${span.spanId}0201`, "hex").join(","),
      ),
    });
  });

  it.each([
    ["the sampler's decision", {}],
    ["a share of 0", { traceRatio: 0 }],
  ])("says that a trace is not sampled: %s", async (_whose, options) => {
    const telemetry = await startTelemetry(options, new AlwaysOffSampler());
    const target = await serve(undefined, echoFields);
    const { client } = connect(telemetry, target);
    const { text } = await client.unary({});
    expect(JSON.parse(text).traceparent).toMatch(
      /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/,
    );
    expect(await telemetry.spans()).toEqual([]);
  });
});

describe("calls on behalf of calls", () => {
  /** A server that calls another one; which answers with what it was sent. */
  async function chain(
    telemetry: Telemetry,
    call: (channel: Channel, call: ServerCall) => Promise<{ text: string }>,
  ): Promise<string> {
    const inner = await serve(telemetry, echoFields);
    const { channel } = connect(telemetry, inner);
    return serve(telemetry, { unary: (_request, context) => call(channel, context) });
  }

  const viaParent = (channel: Channel, parent: ServerCall) =>
    createClient(TestService, channel).unary({}, { parent });
  const viaContext = (channel: Channel) => createClient(TestService, channel).unary({});

  it.each([
    ["parent", viaParent, false],
    ["the active context", viaContext, true],
    ["both", viaParent, true],
  ])("go on in its trace: %s", async (_how, call, isActive) => {
    if (isActive) useContextManager();
    const telemetry = await startTelemetry();
    const target = await chain(telemetry, call);
    const { client } = connect(undefined, target);
    await client.unary(
      {},
      { metadata: new Metadata({ traceparent: `00-${traceId}-${spanId}-01` }) },
    );
    const spans = await telemetry.spans();
    const outer = spans.find((span) => span.parentSpanId === spanId);
    expect(outer?.name).toBe(recv);
    expect(only(spans, sent).parentSpanId).toBe(outer?.spanId);
    expect(only(spans, attempt).parentSpanId).toBe(only(spans, sent).spanId);
    expect(spans.map((span) => span.traceId)).toEqual(spans.map(() => traceId));
    expect(spans).toHaveLength(4);
  });

  it("are children of the handler's own span where that is active", async () => {
    useContextManager();
    const telemetry = await startTelemetry();
    const tracer = telemetry.tracerProvider.getTracer("app");
    const target = await chain(telemetry, (channel, parent) =>
      tracer.startActiveSpan("work", async (span) => {
        const answer = await createClient(TestService, channel).unary({}, { parent });
        span.end();
        return answer;
      }),
    );
    const { client } = connect(undefined, target);
    await client.unary({});
    const spans = await telemetry.spans();
    const work = telemetry.receiver.spans.find((span) => span.name === "work");
    expect(only(spans, sent).parentSpanId).toBe(work?.spanId);
    const outer = spans.find((span) => span.parentSpanId === "");
    expect(work?.parentSpanId).toBe(outer?.spanId);
  });

  it.each([
    ["by the sampler", {}, new AlwaysOffSampler()],
    ["by the share", { traceRatio: 0 }, undefined],
    ["by the filter", { traceFilter: () => false }, undefined],
  ])("stay unsampled when it is: %s", async (_how, options, sampler) => {
    const telemetry = await startTelemetry(options, sampler);
    const target = await chain(telemetry, viaParent);
    const { client } = connect(undefined, target);
    const { text } = await client.unary({});
    expect(JSON.parse(text).traceparent).toMatch(/-00$/);
    expect(await telemetry.spans()).toEqual([]);
  });
});

describe("in a handler", () => {
  it("the span is in the call's context, for attributes and events", async () => {
    const telemetry = await startTelemetry();
    const target = await serve(telemetry, {
      unary(_request, call) {
        call.context.get(serverSpan)?.setAttribute("user.id", "7").addEvent("looked up");
        expect(trace.getActiveSpan()).toBeUndefined();
        return {};
      },
    });
    await connect(undefined, target).client.unary({});
    expect(only(await telemetry.spans(), recv)).toMatchObject({
      attributes: { "user.id": "7" },
      events: [{}, { name: "looked up" }, {}],
    });
  });

  it("the span is the active one, in generators and interceptors as well", async () => {
    useContextManager();
    const telemetry = await startTelemetry();
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(trace.getSpanContext(contextApi.active())?.spanId);
    const target = await serve(
      telemetry,
      {
        async *download() {
          note();
          await Promise.resolve();
          note();
          yield {};
        },
      },
      {
        interceptors: [
          (call, next) => {
            note();
            return next(call);
          },
        ],
      },
    );
    for await (const _ of connect(undefined, target).client.download({})) note();
    const { spanId: expected } = only(await telemetry.spans(), recv.replace("Unary", "Download"));
    expect(seen).toEqual([expected, expected, expected, undefined]);
  });
});
