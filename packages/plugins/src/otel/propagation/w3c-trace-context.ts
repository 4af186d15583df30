// W3C Trace Context as a propagator, for applications that have registered none: traceparent and tracestate.
import {
  type Context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from "@opentelemetry/api";

// Versions above 00 may go on after another hyphen; ff is none (W3C Trace Context s3.2.2).
const pattern = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** W3C Trace Context, what is sent and understood unless the application says otherwise. */
export class W3cTraceContext implements TextMapPropagator {
  /** Writes the fields; does nothing where the context has no span. */
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (span === undefined || !isSpanContextValid(span)) return;
    const flags = (span.traceFlags & 0xff).toString(16).padStart(2, "0");
    setter.set(carrier, "traceparent", `00-${span.traceId}-${span.spanId}-${flags}`);
    const state = span.traceState?.serialize();
    if (state) setter.set(carrier, "tracestate", state);
  }

  /** @returns `context` itself when there is no such field, several, or one that makes no sense. */
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const held = getter.get(carrier, "traceparent");
    if (typeof held !== "string") return context;
    const span = parseTraceParent(held);
    if (span === undefined) return context;
    const state = getter.get(carrier, "tracestate");
    if (state !== undefined) {
      span.traceState = createTraceState(Array.isArray(state) ? state.join(",") : state);
    }
    return trace.setSpanContext(context, span);
  }

  /** `traceparent`, `tracestate`. */
  fields(): string[] {
    return ["traceparent", "tracestate"];
  }
}

/** The span that a traceparent names; undefined when it is none. */
export function parseTraceParent(text: string): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = pattern.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && more !== undefined) return undefined;
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(span) ? span : undefined;
}
