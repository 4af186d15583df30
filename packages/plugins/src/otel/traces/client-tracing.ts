// Spans of a client's calls, and of each of their attempts, whose context goes to the server.
import {
  type Context,
  context as contextApi,
  type Span,
  SpanKind,
  type SpanOptions,
  trace,
} from "@opentelemetry/api";
import type { AttemptRecord, ClientCallRecord } from "@trunkline/client";
import { type ObservedRecord, RecordSlot, traceContext } from "@trunkline/core";
import { isGeneric, type MethodName } from "../conventions/method-names.js";
import { methodAttributes, statusAttributes } from "../conventions/rpc-attributes.js";
import { setGrpcStatus, setRpcStatus } from "../conventions/span-status.js";
import { peerAddress, targetAddress } from "../conventions/target-address.js";
import { CallTrace } from "./call-trace.js";
import { captureMetadata } from "./captured-metadata.js";
import { MessageEvents } from "./message-events.js";
import type { SpanClock } from "./span-clock.js";
import { isOffered, type TraceSettings } from "./trace-settings.js";

/** See the file's first line. */
export class ClientTracing {
  readonly #settings: TraceSettings;
  readonly #slot = new RecordSlot<CallTrace>();

  constructor(settings: TraceSettings) {
    this.#settings = settings;
  }

  /** A call begins. */
  callStarted(record: ClientCallRecord): void {
    const parent = this.#parentOf(record);
    const name = this.#nameOf(record);
    const isTraced = this.#settings.isTraced(record.path.slice(1));
    const { propagation, tracer } = this.#settings;
    const span =
      isTraced && isOffered(this.#settings, parent)
        ? tracer.startSpan(this.#callName(name), this.#callOptions(record, name), parent)
        : undefined;
    record.set(this.#slot, new CallTrace(span, parent, propagation));
    if (!name.isKnown && span?.isRecording()) {
      span.setAttribute("rpc.method_original", record.path.slice(1, 257));
    }
  }

  /** The name of the target is resolved, for a call that waited for that. */
  nameResolved(record: ClientCallRecord): void {
    record
      .get(this.#slot)
      ?.span?.addEvent("Delayed name resolution complete", this.#settings.clock.now());
  }

  /** An attempt begins. */
  attemptStarted(record: AttemptRecord): void {
    const call = record.call.get(this.#slot);
    if (call === undefined) return;
    const attempt = call.span?.isRecording() ? this.#startAttempt(record, call) : call;
    for (const [name, value] of attempt.toMetadata()) record.setMetadata(name, value as never);
  }

  #startAttempt(record: AttemptRecord, call: CallTrace): CallTrace {
    const { tracer, propagation } = this.#settings;
    const attempt = this.#isCalls(record)
      ? call
      : new CallTrace(
          tracer.startSpan(
            `Attempt.${this.#nameOf(record.call).dotted}`,
            attemptOptions(record, this.#settings.clock),
            call.context,
          ),
          call.context,
          propagation,
        );
    record.set(this.#slot, attempt);
    if (attempt.span !== undefined) this.#recordRequest(record, attempt.span);
    return attempt;
  }

  #recordRequest(record: AttemptRecord, span: Span): void {
    const { clock, messageEvents, requestMetadata } = this.#settings;
    if (messageEvents) record.addMeter(new MessageEvents(span, clock));
    if (requestMetadata.length > 0) {
      captureMetadata(span, "request", requestMetadata, record.requestMetadata);
    }
  }

  // By the semantic conventions alone a call is one span, and only what comes after its first attempt has others.
  #isCalls(record: AttemptRecord): boolean {
    return !this.#settings.conventions.grpc && record.kind === "first";
  }

  /** A connection was found for an attempt. */
  requestStarted(record: AttemptRecord): void {
    const span = record.get(this.#slot)?.span;
    if (span === undefined) return;
    const { clock, conventions } = this.#settings;
    if (record.waitedForPick) span.addEvent("Delayed LB pick complete", clock.now());
    if (conventions.rpc && record.address !== undefined) {
      span.setAttributes(peerAddress(record.address));
    }
  }

  /** An attempt has ended. */
  attemptEnded(record: AttemptRecord): void {
    const span = record.get(this.#slot)?.span;
    if (span === undefined) return;
    const { responseMetadata } = this.#settings;
    if (responseMetadata.length > 0) {
      captureMetadata(span, "response", responseMetadata, record.responseHeaders);
    }
    if (!this.#isCalls(record)) this.#end(span, record);
  }

  /** A call has ended. */
  callEnded(record: ClientCallRecord): void {
    const span = record.get(this.#slot)?.span;
    if (!span?.isRecording()) return;
    const { conventions } = this.#settings;
    if (conventions.rpc && conventions.grpc && record.attempt?.address !== undefined) {
      span.setAttributes(peerAddress(record.attempt.address));
    }
    this.#end(span, record);
  }

  #end(span: Span, record: ObservedRecord): void {
    const { conventions } = this.#settings;
    const ended = { code: record.code, message: record.error?.message ?? "" };
    if (conventions.rpc) span.setAttributes(statusAttributes(record.code, "client"));
    if (conventions.grpc) setGrpcStatus(span, ended);
    else setRpcStatus(span, ended, "client");
    span.end(this.#settings.clock.epochMs(record.endedMs));
  }

  /** The context of a call or an attempt that is sampled; undefined for others. */
  contextOf(record: ObservedRecord): Context | undefined {
    const held = record.get(this.#slot);
    return held?.span?.isRecording() ? held.context : undefined;
  }

  /** The context that is active, unless the call is made on behalf of one that belongs to another trace. */
  #parentOf(record: ClientCallRecord): Context {
    const active = contextApi.active();
    const given = this.#givenParent(record);
    const above = given && trace.getSpanContext(given);
    if (given === undefined || above === undefined) return active;
    return trace.getSpanContext(active)?.traceId === above.traceId ? active : given;
  }

  #givenParent({ parent, metadata }: ClientCallRecord): Context | undefined {
    const held = parent?.context?.get(traceContext);
    if (held instanceof CallTrace) return held.context;
    return metadata === undefined ? undefined : this.#settings.propagation.extract(metadata);
  }

  #nameOf(record: ClientCallRecord): MethodName {
    return this.#settings.names.of(record.path, !isGeneric(record.method));
  }

  #callName(name: MethodName): string {
    if (this.#settings.conventions.grpc) return `Sent.${name.dotted}`;
    return name.isKnown ? name.rpc : "grpc";
  }

  #callOptions(record: ClientCallRecord, name: MethodName): SpanOptions {
    const { clock, conventions } = this.#settings;
    const kind = SpanKind.CLIENT;
    const startTime = clock.epochMs(record.startedMs);
    if (!conventions.rpc) return { kind, startTime };
    const attributes = { ...methodAttributes(name), ...targetAddress(record.target) };
    return { kind, attributes, startTime };
  }
}

function attemptOptions({ number, kind, startedMs }: AttemptRecord, clock: SpanClock): SpanOptions {
  const attributes = {
    "previous-rpc-attempts": number - 1,
    "transparent-retry": kind === "transparent",
  };
  return { kind: SpanKind.CLIENT, attributes, startTime: clock.epochMs(startedMs) };
}
