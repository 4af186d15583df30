// What a call passes on of its trace to the calls that are made on its behalf.
import { Metadata } from "../metadata/metadata.js";
import type { ParentCall } from "./call-scope.js";
import { type ContextKey, createContextKey } from "./context-values.js";

/** A trace whose metadata is made when a further call needs it. */
export interface CarriedTrace {
  /** The fields that carry the trace on. Asked for once for each call that is made on behalf of this one. */
  toMetadata(): Metadata;
}

/**
 * The metadata that tells the trace of a call to those made on its behalf, or what makes it. Tracers set
 * it in the context of the call that they have begun a span for. Where it is not set, the trace fields of
 * the call's own request go on as they came, as W3C Trace Context asks of those who take no part.
 */
export const traceContext: ContextKey<Metadata | CarriedTrace | undefined> =
  /*@__PURE__*/ createContextKey<Metadata | CarriedTrace | undefined>(undefined, {
    description: "trace context",
  });

// W3C Trace Context, W3C Baggage, and gRPC's own binary form.
const traceNames = ["traceparent", "tracestate", "baggage", "grpc-trace-bin"] as const;

/**
 * Metadata for a call that is made on behalf of `parent`: its own, and the fields of the trace that it
 * does not have yet.
 * @returns `own` itself when there is nothing to add; it is never changed.
 */
export function withTraceOf(parent: ParentCall, own: Metadata | undefined): Metadata | undefined {
  const held = parent.context?.get(traceContext);
  const told = held === undefined || held instanceof Metadata ? held : held.toMetadata();
  const trace = told ?? pickTrace(parent.metadata);
  const added = [...(trace ?? [])].filter(([name]) => own === undefined || !own.has(name));
  if (added.length === 0) return own;
  return (own === undefined ? new Metadata() : own.clone()).merge(added);
}

function pickTrace(metadata: Metadata | undefined): Metadata | undefined {
  if (metadata === undefined || metadata.size === 0) return undefined;
  const trace = new Metadata();
  for (const name of traceNames) {
    for (const value of metadata.getAll(name)) trace.append(name, value as never);
  }
  return trace;
}
