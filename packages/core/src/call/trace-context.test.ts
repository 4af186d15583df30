// Which fields of a trace go on to the calls that are made on a call's behalf.
import { expect, it } from "vitest";
import { Metadata } from "../metadata/metadata.js";
import type { ParentCall } from "./call-scope.js";
import { ContextValues } from "./context-values.js";
import { traceContext, withTraceOf } from "./trace-context.js";

const signal = new AbortController().signal;
const parent = (more: Partial<ParentCall>): ParentCall => ({
  deadline: undefined,
  signal,
  ...more,
});
const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

it("passes on the trace fields of the request, and nothing else", () => {
  const metadata = new Metadata({
    traceparent,
    tracestate: ["a=1", "b=2"],
    "grpc-trace-bin": new Uint8Array([1]),
    authorization: "secret",
  });
  expect([...(withTraceOf(parent({ metadata }), undefined) ?? [])]).toEqual([
    ["traceparent", traceparent],
    ["tracestate", "a=1"],
    ["tracestate", "b=2"],
    ["grpc-trace-bin", new Uint8Array([1])],
  ]);
});

it("passes on what a tracer makes when it is asked", () => {
  let asked = 0;
  const toMetadata = () => {
    asked++;
    return new Metadata({ traceparent: "mine" });
  };
  const context = new ContextValues().set(traceContext, { toMetadata });
  const metadata = new Metadata({ traceparent, tracestate: "a=1" });
  expect(asked).toBe(0);
  expect([...(withTraceOf(parent({ context, metadata }), undefined) ?? [])]).toEqual([
    ["traceparent", "mine"],
  ]);
  expect(asked).toBe(1);
});

it("passes on what a tracer has set instead", () => {
  const context = new ContextValues().set(traceContext, new Metadata({ traceparent: "mine" }));
  const metadata = new Metadata({ traceparent, tracestate: "a=1" });
  const own = new Metadata({ "x-own": "1" });
  expect([...(withTraceOf(parent({ context, metadata }), own) ?? [])]).toEqual([
    ["x-own", "1"],
    ["traceparent", "mine"],
  ]);
  expect(own.size).toBe(1);
});

it("leaves metadata alone that has a trace of its own, or a parent that has none", () => {
  const own = new Metadata({ traceparent: "other" });
  expect(withTraceOf(parent({ metadata: new Metadata({ traceparent }) }), own)).toBe(own);
  expect(withTraceOf(parent({ metadata: new Metadata({ a: "b" }) }), own)).toBe(own);
  expect(withTraceOf(parent({}), undefined)).toBeUndefined();
});
