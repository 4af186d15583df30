// What the spans of both ends have in common: tracer, conventions, names, and what is recorded.
import type { Context, Tracer } from "@opentelemetry/api";
import { trace } from "@opentelemetry/api";
import type { Conventions } from "../conventions/convention-set.js";
import type { MethodNames } from "../conventions/method-names.js";
import type { Propagation } from "../propagation/propagation.js";
import type { SpanClock } from "./span-clock.js";

/** See the file's first line. */
export interface TraceSettings {
  readonly tracer: Tracer;
  readonly conventions: Conventions;
  readonly names: MethodNames;
  readonly clock: SpanClock;
  readonly propagation: Propagation;
  /** Whether messages are events. */
  readonly messageEvents: boolean;
  /** Whether spans are begun for a method. */
  readonly isTraced: (method: string) => boolean;
  /** The share of traces that are offered to the tracer, 0 to 1; undefined: all. */
  readonly ratio: number | undefined;
  readonly requestMetadata: readonly string[];
  readonly responseMetadata: readonly string[];
}

/** Whether a call in this context is offered to the tracer, whose sampler has the last word. */
export function isOffered({ ratio }: TraceSettings, parent: Context): boolean {
  if (ratio === undefined) return true;
  const above = trace.getSpanContext(parent);
  return above === undefined ? Math.random() < ratio : (above.traceFlags & 1) === 1;
}
