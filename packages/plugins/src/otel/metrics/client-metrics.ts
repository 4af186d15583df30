// Metrics of a client's calls and attempts: gRFC A66 and A96, and the duration of OpenTelemetry's own conventions.
import {
  type Attributes,
  type Context,
  type Counter,
  type Histogram,
  ROOT_CONTEXT,
} from "@opentelemetry/api";
import type { AttemptRecord, ClientCallRecord } from "@trunkline/client";
import type { Code } from "@trunkline/core";
import type { Conventions } from "../conventions/convention-set.js";
import { isGeneric, type MethodName, type MethodNames } from "../conventions/method-names.js";
import { methodAttributes, statusAttributes } from "../conventions/rpc-attributes.js";
import { canonicalTarget, targetAddress } from "../conventions/target-address.js";
import { CallSeries, type EndHistograms } from "./call-series.js";
import { attemptInstruments, callInstruments, rpcInstruments } from "./instruments.js";
import type { Meters } from "./meters.js";

interface TargetSeries {
  readonly name: string;
  readonly rpc: Attributes;
  readonly methods: Map<MethodName, CallSeries>;
}

const figuresOfCall = { sentWireBytes: 0, receivedWireBytes: 0 };

/** See the file's first line. */
export class ClientMetrics {
  readonly #names: MethodNames;
  readonly #filter: ((target: string) => boolean) | undefined;
  readonly #started: Counter | undefined;
  readonly #ofAttempts: EndHistograms;
  readonly #ofCalls: EndHistograms;
  readonly #retries: Histogram | undefined;
  readonly #transparentRetries: Histogram | undefined;
  readonly #hedges: Histogram | undefined;
  readonly #retryDelay: Histogram | undefined;
  readonly #targets = new Map<string, TargetSeries>();

  constructor(
    meters: Meters,
    names: MethodNames,
    { grpc, rpc }: Conventions,
    filter: ((target: string) => boolean) | undefined,
  ) {
    this.#names = names;
    this.#filter = filter;
    const histogram = (spec: Parameters<Meters["histogram"]>[0]): Histogram | undefined =>
      grpc ? meters.histogram(spec) : undefined;
    const { started, duration, sent, received } = attemptInstruments;
    this.#started = grpc ? meters.counter(started) : undefined;
    this.#ofAttempts = {
      duration: histogram(duration),
      sent: histogram(sent),
      received: histogram(received),
      rpcDuration: undefined,
    };
    this.#ofCalls = {
      duration: histogram(callInstruments.duration),
      sent: undefined,
      received: undefined,
      rpcDuration: rpc ? meters.histogram(rpcInstruments.client) : undefined,
    };
    this.#retries = histogram(callInstruments.retries);
    this.#transparentRetries = histogram(callInstruments.transparentRetries);
    this.#hedges = histogram(callInstruments.hedges);
    this.#retryDelay = histogram(callInstruments.retryDelay);
  }

  /** An attempt begins. */
  attemptStarted({ call }: AttemptRecord): void {
    this.#started?.add(1, this.#seriesOf(call).base);
  }

  /** @param context the trace of the attempt; undefined when it is not sampled. */
  attemptEnded(record: AttemptRecord, context: Context | undefined): void {
    this.#seriesOf(record.call).ended(this.#ofAttempts, record, context);
  }

  /** @param context the trace of the call; undefined when it is not sampled. */
  callEnded(record: ClientCallRecord, context: Context | undefined): void {
    const { code, durationMs } = record;
    const series = this.#seriesOf(record);
    series.ended(this.#ofCalls, { code, durationMs, ...figuresOfCall }, context);
    this.#repeated(record, series.base, context ?? ROOT_CONTEXT);
  }

  // gRFC A96: zeros are not reported.
  #repeated(record: ClientCallRecord, attributes: Attributes, context: Context): void {
    const { retries, transparentRetries, hedges, retryDelayMs } = record;
    if (retries > 0) this.#retries?.record(retries, attributes, context);
    if (transparentRetries > 0) {
      this.#transparentRetries?.record(transparentRetries, attributes, context);
    }
    if (hedges > 0) this.#hedges?.record(hedges, attributes, context);
    if (retryDelayMs > 0) this.#retryDelay?.record(retryDelayMs / 1000, attributes, context);
  }

  #seriesOf(record: ClientCallRecord): CallSeries {
    const target = this.#targets.get(record.target) ?? this.#addTarget(record.target);
    const name = this.#names.of(record.path, !isGeneric(record.method));
    return target.methods.get(name) ?? addMethod(target, name);
  }

  #addTarget(target: string): TargetSeries {
    const name = canonicalTarget(target);
    const isShown = this.#filter?.(name) !== false;
    const made = {
      name: isShown ? name : "other",
      rpc: isShown ? targetAddress(target) : {},
      methods: new Map<MethodName, CallSeries>(),
    };
    this.#targets.set(target, made);
    return made;
  }
}

function addMethod(target: TargetSeries, name: MethodName): CallSeries {
  const rpcOf = (code: Code): Attributes => ({
    ...methodAttributes(name),
    ...target.rpc,
    ...statusAttributes(code, "client"),
  });
  const series = new CallSeries({ "grpc.method": name.grpc, "grpc.target": target.name }, rpcOf);
  target.methods.set(name, series);
  return series;
}
