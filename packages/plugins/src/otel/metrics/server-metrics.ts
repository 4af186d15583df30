// Metrics of a server's calls: gRFC A66, and the duration of OpenTelemetry's own conventions.
import type { Context, Counter } from "@opentelemetry/api";
import type { ServerCallRecord } from "@trunkline/server";
import type { Conventions } from "../conventions/convention-set.js";
import type { MethodName, MethodNames } from "../conventions/method-names.js";
import { methodAttributes, statusAttributes } from "../conventions/rpc-attributes.js";
import { CallSeries, type EndHistograms } from "./call-series.js";
import { rpcInstruments, serverInstruments } from "./instruments.js";
import type { Meters } from "./meters.js";

/** See the file's first line. */
export class ServerMetrics {
  readonly #names: MethodNames;
  readonly #started: Counter | undefined;
  readonly #histograms: EndHistograms;
  readonly #series = new Map<MethodName, CallSeries>();

  constructor(meters: Meters, names: MethodNames, { grpc, rpc }: Conventions) {
    const { started, duration, sent, received } = serverInstruments;
    this.#names = names;
    this.#started = grpc ? meters.counter(started) : undefined;
    this.#histograms = {
      duration: grpc ? meters.histogram(duration) : undefined,
      sent: grpc ? meters.histogram(sent) : undefined,
      received: grpc ? meters.histogram(received) : undefined,
      rpcDuration: rpc ? meters.histogram(rpcInstruments.server) : undefined,
    };
  }

  /** A call begins. */
  started(record: ServerCallRecord): void {
    this.#started?.add(1, this.#seriesOf(record).base);
  }

  /** @param context the trace of the call; undefined when it is not sampled. */
  ended(record: ServerCallRecord, context: Context | undefined): void {
    this.#seriesOf(record).ended(this.#histograms, record, context);
  }

  #seriesOf(record: ServerCallRecord): CallSeries {
    const name = this.#names.of(record.path, record.isRegistered);
    return this.#series.get(name) ?? this.#add(name);
  }

  #add(name: MethodName): CallSeries {
    const rpcOf = (code: ServerCallRecord["code"]) => ({
      ...methodAttributes(name),
      ...statusAttributes(code, "server"),
    });
    const series = new CallSeries({ "grpc.method": name.grpc }, rpcOf);
    this.#series.set(name, series);
    return series;
  }
}
