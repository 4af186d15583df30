// Spans as the receiver got them, flat and in plain values.

import { type PlainAttributes, toPlain } from "./attribute-values.js";
import type { ExportTraceServiceRequest } from "./gen/opentelemetry/proto/collector/trace/v1/trace_service_pb.js";
import {
  type Span,
  Span_SpanKind,
  Status_StatusCode,
} from "./gen/opentelemetry/proto/trace/v1/trace_pb.js";

/** An event of a span. */
export interface ReceivedEvent {
  readonly name: string;
  readonly attributes: PlainAttributes;
  readonly timeNs: bigint;
}

/** One span. Identifiers are hexadecimal, that of a root's parent is empty. */
export interface ReceivedSpan {
  readonly name: string;
  readonly kind: string;
  readonly scope: string;
  readonly scopeVersion: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: PlainAttributes;
  readonly events: readonly ReceivedEvent[];
  /** `UNSET`, `OK` or `ERROR`. */
  readonly status: string;
  readonly statusMessage: string;
}

const kindNames = Object.keys(Span_SpanKind);
const statusNames = Object.keys(Status_StatusCode);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function toReceived(span: Span, scope: string, scopeVersion: string): ReceivedSpan {
  return {
    name: span.name,
    kind: kindNames[span.kind] ?? "",
    scope,
    scopeVersion,
    traceId: hex(span.traceId),
    spanId: hex(span.spanId),
    parentSpanId: hex(span.parentSpanId),
    startNs: span.startTimeUnixNano,
    endNs: span.endTimeUnixNano,
    attributes: toPlain(span.attributes),
    events: span.events.map(({ name, attributes, timeUnixNano }) => ({
      name,
      attributes: toPlain(attributes),
      timeNs: timeUnixNano,
    })),
    status: statusNames[span.status?.code ?? 0] ?? "",
    statusMessage: span.status?.message ?? "",
  };
}

/** All spans of an export. */
export function spansOf(request: ExportTraceServiceRequest): ReceivedSpan[] {
  return request.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) => toReceived(span, scope?.name ?? "", scope?.version ?? "")),
    ),
  );
}
