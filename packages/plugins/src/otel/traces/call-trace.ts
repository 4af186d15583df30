// The trace of a server's call as its handler finds it: the span, the context, and what goes on to further calls.
import {
  context as activeContext,
  type Context,
  type Span,
  type SpanContext,
  TraceFlags,
  trace,
} from "@opentelemetry/api";
import {
  type CarriedTrace,
  type ContextKey,
  type ContextValues,
  createContextKey,
  type Metadata,
  traceContext,
} from "@trunkline/core";
import type { Propagation } from "../propagation/propagation.js";

/**
 * The span of the call that a server handles, for attributes and events of the handler's own; undefined when the call is
 * not traced or not sampled.
 * @example
 * call.context.get(serverSpan)?.setAttribute("user.id", request.id);
 */
export const serverSpan: ContextKey<Span | undefined> = /*@__PURE__*/ createContextKey<
  Span | undefined
>(undefined, { description: "OpenTelemetry span of the server" });

/** What a call holds under `traceContext`. Both of its parts are made when they are first asked for. */
export class CallTrace implements CarriedTrace {
  readonly span: Span | undefined;
  readonly #parent: Context;
  readonly #propagation: Propagation;
  #context: Context | undefined = undefined;

  /** @param span undefined: the call has none, and goes on in the trace of its parent, else in one that nobody records. */
  constructor(span: Span | undefined, parent: Context, propagation: Propagation) {
    this.span = span;
    this.#parent = parent;
    this.#propagation = propagation;
  }

  /** The context with the span in it. */
  get context(): Context {
    this.#context ??= this.#make();
    return this.#context;
  }

  #make(): Context {
    if (this.span !== undefined) return trace.setSpan(this.#parent, this.span);
    return trace.getSpanContext(this.#parent) === undefined
      ? trace.setSpanContext(this.#parent, unrecorded())
      : this.#parent;
  }

  toMetadata(): Metadata {
    return this.#propagation.inject(this.context);
  }
}

/** A trace that nobody records: whoever is called on its behalf knows that, too. */
function unrecorded(): SpanContext {
  return { traceId: randomHex(16), spanId: randomHex(8), traceFlags: TraceFlags.NONE };
}

// Nobody records them, so that chance need not be any better than this; the first digit keeps them from being zero.
function randomHex(byteCount: number): string {
  let text = "1";
  while (text.length < byteCount * 2) text += Math.random().toString(16).slice(2, 10);
  return text.slice(0, byteCount * 2);
}

/**
 * The OpenTelemetry context of a server's call: what spans are children of that are begun on its behalf, with the baggage
 * that came with it. Where the call is not traced, the context that is active.
 * @example
 * const span = tracer.startSpan("read the database", {}, contextOf(call));
 */
export function contextOf(call: { readonly context: ContextValues }): Context {
  const held = call.context.get(traceContext);
  return held instanceof CallTrace ? held.context : activeContext.active();
}
