// Spans of a server's calls: begun where the client's ended, in the context of the call, ended with its status.
import {
  type Attributes,
  type Context,
  type Span,
  SpanKind,
  type SpanOptions,
} from "@opentelemetry/api";
import { RecordSlot, traceContext } from "@trunkline/core";
import type { ServerCallRecord } from "@trunkline/server";
import type { MethodName } from "../conventions/method-names.js";
import { methodAttributes, statusAttributes } from "../conventions/rpc-attributes.js";
import { setGrpcStatus, setRpcStatus } from "../conventions/span-status.js";
import { hostAndPort, peerAddress } from "../conventions/target-address.js";
import { CallTrace, serverSpan } from "./call-trace.js";
import { captureMetadata } from "./captured-metadata.js";
import { MessageEvents } from "./message-events.js";
import { isOffered, type TraceSettings } from "./trace-settings.js";

interface MethodSpan {
  readonly name: string;
  readonly options: { readonly kind: SpanKind; readonly attributes: Attributes };
}

/** See the file's first line. */
export class ServerTracing {
  readonly #settings: TraceSettings;
  readonly #slot = new RecordSlot<CallTrace>();
  readonly #methods = new Map<MethodName, MethodSpan>();

  constructor(settings: TraceSettings) {
    this.#settings = settings;
  }

  /** A call begins. */
  started(record: ServerCallRecord): void {
    const { propagation, tracer, isTraced, names } = this.#settings;
    const parent = propagation.extractFrom(record);
    const name = names.of(record.path, record.isRegistered);
    if (!isTraced(record.path.slice(1)) || !isOffered(this.#settings, parent)) {
      record.context.set(traceContext, new CallTrace(undefined, parent, propagation));
      return;
    }
    const method = this.#methods.get(name) ?? this.#addMethod(name);
    const span = tracer.startSpan(method.name, this.#optionsOf(record, method), parent);
    const callTrace = new CallTrace(span, parent, propagation);
    record.context.set(traceContext, callTrace);
    if (span.isRecording()) this.#recordStart(record, span, callTrace, name);
  }

  #recordStart(record: ServerCallRecord, span: Span, callTrace: CallTrace, name: MethodName): void {
    const { clock, conventions, messageEvents, requestMetadata } = this.#settings;
    record.context.set(serverSpan, span);
    record.set(this.#slot, callTrace);
    if (messageEvents) record.addMeter(new MessageEvents(span, clock));
    if (conventions.rpc) span.setAttributes(peerAddress(record.peer.address));
    if (!name.isKnown) span.setAttribute("rpc.method_original", record.path.slice(1, 257));
    if (requestMetadata.length > 0) {
      captureMetadata(span, "request", requestMetadata, record.requestMetadata);
    }
  }

  /** The call has ended. */
  ended(record: ServerCallRecord): void {
    const span = record.get(this.#slot)?.span;
    if (span === undefined) return;
    const { clock, conventions, responseMetadata } = this.#settings;
    const { code } = record;
    const ended = { code, message: record.error?.message ?? "" };
    if (conventions.rpc) span.setAttributes(statusAttributes(code, "server"));
    if (conventions.grpc) setGrpcStatus(span, ended);
    else setRpcStatus(span, ended, "server");
    if (responseMetadata.length > 0) {
      captureMetadata(span, "response", responseMetadata, record.responseHeaders);
    }
    span.end(clock.epochMs(record.endedMs));
  }

  /** The context of a call that is sampled; undefined for others. */
  contextOf(record: ServerCallRecord): Context | undefined {
    return record.get(this.#slot)?.context;
  }

  #addMethod(name: MethodName): MethodSpan {
    const { grpc, rpc } = this.#settings.conventions;
    const made = {
      name: grpc ? `Recv.${name.dotted}` : name.isKnown ? name.rpc : "grpc",
      options: { kind: SpanKind.SERVER, attributes: rpc ? methodAttributes(name) : {} },
    };
    this.#methods.set(name, made);
    return made;
  }

  // Samplers are to know whom the client wanted to reach.
  #optionsOf(record: ServerCallRecord, { options }: MethodSpan): SpanOptions {
    const { clock, conventions } = this.#settings;
    const { kind, attributes } = options;
    const startTime = clock.epochMs(record.startedMs);
    if (!conventions.rpc) return { kind, attributes, startTime };
    const asked: Attributes = hostAndPort(record.authority) ?? {};
    return { kind, attributes: { ...attributes, ...asked }, startTime };
  }
}
