// The binary trace field of gRPC, grpc-trace-bin, as a propagator (gRFC A72; OpenCensus binary format).
import {
  type Context,
  isSpanContextValid,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from "@opentelemetry/api";
import type { Metadata } from "@trunkline/core";
import { metadataGetter, metadataSetter, traceBinName } from "./metadata-carrier.js";

// Version 0, then three fields, each behind its number: trace id, span id, flags.
const length = 29;
const traceIdAt = 2;
const spanIdField = 18;
const flagsField = 27;

/**
 * A propagator for peers that know `grpc-trace-bin` alone: older gRPC with OpenCensus. Combine it with others by
 * `CompositePropagator` of `@opentelemetry/core`. With carriers other than metadata the value is base64, as gRFC A72 has it.
 */
export class GrpcTraceBinPropagator implements TextMapPropagator {
  /** Writes the field; does nothing where the context has no span. */
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const span = trace.getSpanContext(context);
    if (span === undefined || !isSpanContextValid(span)) return;
    const bytes = encodeTraceBin(span);
    if (setter === metadataSetter) (carrier as Metadata).set(traceBinName, bytes);
    else setter.set(carrier, traceBinName, btoa(String.fromCharCode(...bytes)));
  }

  /** @returns `context` itself when there is no such field, or one that makes no sense. */
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const bytes = readBytes(carrier, getter);
    const span = bytes && decodeTraceBin(bytes);
    return span === undefined ? context : trace.setSpanContext(context, span);
  }

  /** `grpc-trace-bin`. */
  fields(): string[] {
    return [traceBinName];
  }
}

function readBytes(carrier: unknown, getter: TextMapGetter): Uint8Array | undefined {
  if (getter === metadataGetter) {
    const value = (carrier as Metadata | undefined)?.get(traceBinName);
    return value instanceof Uint8Array ? value : undefined;
  }
  const held = getter.get(carrier, traceBinName);
  const text = Array.isArray(held) ? held[0] : held;
  try {
    return text === undefined
      ? undefined
      : Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** The field of a span. */
export function encodeTraceBin(span: SpanContext): Uint8Array {
  const bytes = new Uint8Array(length);
  writeHex(bytes, traceIdAt, span.traceId);
  bytes[spanIdField] = 1;
  writeHex(bytes, spanIdField + 1, span.spanId);
  bytes[flagsField] = 2;
  bytes[flagsField + 1] = span.traceFlags & 0xff;
  return bytes;
}

/** The span that a field names; undefined when it is none. */
export function decodeTraceBin(bytes: Uint8Array): SpanContext | undefined {
  const isKnown =
    bytes.length === length &&
    bytes[0] === 0 &&
    bytes[1] === 0 &&
    bytes[spanIdField] === 1 &&
    bytes[flagsField] === 2;
  if (!isKnown) return undefined;
  const span = {
    traceId: readHex(bytes, traceIdAt, spanIdField),
    spanId: readHex(bytes, spanIdField + 1, flagsField),
    traceFlags: bytes[flagsField + 1] ?? 0,
    isRemote: true,
  };
  return isSpanContextValid(span) ? span : undefined;
}

function writeHex(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i += 2) {
    bytes[at + i / 2] = Number.parseInt(text.slice(i, i + 2), 16);
  }
}

function readHex(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let i = from; i < to; i++) text += (bytes[i] ?? 0).toString(16).padStart(2, "0");
  return text;
}
