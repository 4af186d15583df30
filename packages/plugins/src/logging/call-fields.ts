// The fields of access lines, named as go-grpc-middleware names them.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type ContextValues,
  codeName,
  type LogFields,
  Metadata,
  principal,
  toLogText,
  traceContext,
} from "@trunkline/core";
import type { Component } from "./levels.js";
import type { AccessLogSettings, DurationUnit } from "./log-options.js";
import type { LoggedCall } from "./logged-call.js";

/** Longer names of services, methods, principals and longer values of metadata are cut, characters. */
const maxNameChars = 256;
const maxErrorChars = 2048;

const methodTypes = {
  unary: "unary",
  client_streaming: "client_stream",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
} as const;

/** What is the same for each call of a method. */
export function methodFields(
  component: Component,
  path: string,
  method: DescMethod | undefined,
): LogFields {
  const slash = path.lastIndexOf("/");
  return {
    protocol: "grpc",
    "grpc.component": component,
    "grpc.service": toLogText(
      path.slice(path.startsWith("/") ? 1 : 0, Math.max(slash, 0)),
      maxNameChars,
    ),
    "grpc.method": toLogText(path.slice(slash + 1), maxNameChars),
    "grpc.method_type": method === undefined ? undefined : methodTypes[method.methodKind],
  };
}

const perMs: Readonly<Record<DurationUnit, number>> = { s: 1e-3, ms: 1, us: 1e3, ns: 1e6 };
const decimals: Readonly<Record<DurationUnit, number>> = { s: 1e6, ms: 1e3, us: 10, ns: 1 };

/** A duration in a unit, without more digits than a clock has. */
function inUnit(ms: number, unit: DurationUnit): number {
  return Math.round(ms * perMs[unit] * decimals[unit]) / decimals[unit];
}

/** Times as text: many calls begin in the same millisecond. */
export class TimeTexts {
  #ms = Number.NaN;
  #text = "";

  /** RFC 3339. @param epochMs milliseconds since 1970. */
  format(epochMs: number): string {
    const ms = Math.floor(epochMs);
    if (ms !== this.#ms) {
      this.#ms = ms;
      // A deadline may lie beyond the last day that has a date.
      this.#text = Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms);
    }
    return this.#text;
  }
}

/** The trace that a call belongs to (W3C Trace Context). */
interface TraceIds {
  readonly traceId: string;
  readonly spanId: string;
}

const zeroTrace = "0".repeat(32);

function traceIdsOf(
  context: ContextValues | undefined,
  metadata: Metadata | undefined,
): TraceIds | undefined {
  const held = context?.get(traceContext);
  const told = held === undefined || held instanceof Metadata ? held : held.toMetadata();
  const text = (told ?? metadata)?.get("traceparent");
  if (text === undefined) return undefined;
  const parts = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}/.exec(text);
  if (parts === null || parts[1] === zeroTrace) return undefined;
  return { traceId: parts[1]!, spanId: parts[2]! };
}

/** Builds the fields of the lines of one log. */
export class CallFields {
  readonly #settings: AccessLogSettings;
  readonly #timeName: string;
  readonly #metadataNames: readonly (readonly [string, string])[];
  /** Names of all metadata that lines are made of. */
  readonly #wanted: readonly string[];
  readonly #starts = new TimeTexts();
  readonly #deadlines = new TimeTexts();

  constructor(settings: AccessLogSettings) {
    this.#settings = settings;
    this.#timeName = `grpc.time_${settings.durationUnit}`;
    const { requestId, trace, metadata } = settings;
    const own = [
      ...(trace ? ["traceparent"] : []),
      ...(requestId === undefined ? [] : [requestId]),
    ];
    this.#wanted = [...own, ...metadata];
    this.#metadataNames = settings.metadata.map((name) => [name, `grpc.request.metadata.${name}`]);
  }

  /** What is known when a call begins; fields that are not are undefined. */
  begun(call: LoggedCall): Record<string, unknown> {
    const { requestId, trace } = this.#settings;
    const { context, deadlineMs } = call;
    const metadata = call.mayHaveFields(this.#wanted) ? call.requestMetadata : undefined;
    const ids = trace ? traceIdsOf(context, metadata) : undefined;
    const id = requestId === undefined ? undefined : metadata?.get(requestId);
    const who = context?.get(principal);
    const fields: Record<string, unknown> = {
      "peer.address": call.peerAddress,
      "grpc.start_time": this.#starts.format(call.startedEpochMs),
      "grpc.request.deadline":
        deadlineMs === undefined ? undefined : this.#deadlines.format(deadlineMs),
      "request.id": id === undefined ? undefined : toFieldText(id),
      trace_id: ids?.traceId,
      span_id: ids?.spanId,
      principal: who === undefined ? undefined : toFieldText(who.name),
      "principal.kind": who?.kind,
    };
    if (metadata !== undefined) this.#addMetadata(metadata, fields);
    return fields;
  }

  /** What is known when it has ended. */
  finished(call: LoggedCall, isSlow: boolean): Record<string, unknown> {
    const fields = this.begun(call);
    const { error } = call;
    fields["grpc.code"] = codeName(call.code);
    if (error !== undefined) fields["grpc.error"] = toLogText(error.message, maxErrorChars);
    fields[this.#timeName] = inUnit(call.durationMs, this.#settings.durationUnit);
    if (isSlow) fields["grpc.slow"] = true;
    fields["grpc.request.messages"] = call.requestMessages;
    fields["grpc.request.bytes"] = call.requestBytes;
    fields["grpc.response.messages"] = call.responseMessages;
    fields["grpc.response.bytes"] = call.responseBytes;
    if (call.attempts !== undefined) fields["grpc.attempts"] = call.attempts;
    return fields;
  }

  #addMetadata(metadata: Metadata, fields: Record<string, unknown>): void {
    for (const [name, field] of this.#metadataNames) {
      const values = metadata.getAll(name);
      if (values.length > 0) fields[field] = values.slice(0, 16).map(toFieldText).join(", ");
    }
  }
}

function toFieldText(value: string | Uint8Array): string {
  if (typeof value === "string") return toLogText(value, maxNameChars);
  const text = btoa(String.fromCharCode(...value.subarray(0, maxNameChars)));
  return value.length > maxNameChars ? `${text}... (${value.length - maxNameChars} more)` : text;
}
