// traceparent and tracestate, there and back, and what is no traceparent.
import { createTraceState, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { Metadata } from "@trunkline/core";
import { describe, expect, it } from "vitest";
import { metadataGetter, metadataSetter } from "./metadata-carrier.js";
import { parseTraceParent, W3cTraceContext } from "./w3c-trace-context.js";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

describe("traceparent", () => {
  it.each([
    [`00-${traceId}-${spanId}-01`, 1],
    [`00-${traceId}-${spanId}-00`, 0],
    [`00-${traceId}-${spanId}-03`, 3],
    [`01-${traceId}-${spanId}-01`, 1],
    [`01-${traceId}-${spanId}-01-what the future brings`, 1],
  ])("%s", (text, traceFlags) => {
    expect(parseTraceParent(text)).toEqual({ traceId, spanId, traceFlags, isRemote: true });
  });

  it.each([
    "",
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `ff-${traceId}-${spanId}-01`,
    `00-${"0".repeat(32)}-${spanId}-01`,
    `00-${traceId}-${"0".repeat(16)}-01`,
    `00-${traceId}x-${spanId}-01`,
  ])("is nothing: %j", (text) => {
    expect(parseTraceParent(text)).toBeUndefined();
  });
});

describe("the propagator", () => {
  const propagator = new W3cTraceContext();
  const extract = (metadata: Metadata) =>
    trace.getSpanContext(propagator.extract(ROOT_CONTEXT, metadata, metadataGetter));

  it("comes back as it went", () => {
    const traceState = createTraceState("a=1,b=2");
    const span = { traceId, spanId, traceFlags: 1, traceState };
    const metadata = new Metadata({ traceparent: "old", tracestate: ["old=1", "old=2"] });
    propagator.inject(trace.setSpanContext(ROOT_CONTEXT, span), metadata, metadataSetter);
    expect([...metadata]).toEqual([
      ["traceparent", `00-${traceId}-${spanId}-01`],
      ["tracestate", "a=1,b=2"],
    ]);
    const read = extract(metadata);
    expect(read).toMatchObject({ traceId, spanId, traceFlags: 1, isRemote: true });
    expect(read?.traceState?.serialize()).toBe("a=1,b=2");
  });

  it("joins trace states, and takes no side between two parents", () => {
    const traceparent = `00-${traceId}-${spanId}-01`;
    const joined = extract(new Metadata({ traceparent, tracestate: ["a=1", "b=2"] }));
    expect(joined?.traceState?.serialize()).toBe("a=1,b=2");
    expect(extract(new Metadata({ traceparent: [traceparent, traceparent] }))).toBeUndefined();
  });
});
