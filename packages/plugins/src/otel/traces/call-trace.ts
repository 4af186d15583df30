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
  return { traceId: randomHex(4), spanId: randomHex(2), traceFlags: TraceFlags.NONE };
}

/** @param words each 8 digits; a first digit above 0 keeps them from being zero. Nobody records them: chance need not be any better. */
function randomHex(words: number): string {
  let text = "";
  for (let word = 0; word < words; word++) {
    text += (0x10000000 + Math.floor(Math.random() * 0xf0000000)).toString(16);
  }
  return text;
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
