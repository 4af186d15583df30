// The series that one method has in the metrics: one for each status, with attributes that are made once.
import { type Attributes, type Context, type Histogram, ROOT_CONTEXT } from "@opentelemetry/api";
import { type Code, codeName } from "@trunkline/core";

/** What is recorded when a call or an attempt ends. */
export interface EndHistograms {
  readonly duration: Histogram | undefined;
  readonly sent: Histogram | undefined;
  readonly received: Histogram | undefined;
  /** By OpenTelemetry's own conventions. */
  readonly rpcDuration: Histogram | undefined;
}

/** What a call or an attempt amounted to. */
export interface EndFigures {
  readonly code: Code;
  readonly durationMs: number;
  readonly sentWireBytes: number;
  readonly receivedWireBytes: number;
}

interface StatusSeries {
  readonly grpc: Attributes;
  readonly rpc: Attributes;
}

/** See the file's first line. */
export class CallSeries {
  /** Attributes of what is recorded when it begins, and of what has no status. */
  readonly base: Attributes;
  readonly #rpcOf: (code: Code) => Attributes;
  readonly #byStatus: (StatusSeries | undefined)[] = [];

  /**
   * @param base `grpc.method`, and on a client `grpc.target`.
   * @param rpcOf the attributes of OpenTelemetry's own conventions.
   */
  constructor(base: Attributes, rpcOf: (code: Code) => Attributes) {
    this.base = base;
    this.#rpcOf = rpcOf;
  }

  /** @param context the trace that exemplars are to name; undefined: none. */
  ended(histograms: EndHistograms, figures: EndFigures, context: Context | undefined): void {
    const { code } = figures;
    this.#byStatus[code] ??= this.#make(code);
    const { grpc, rpc } = this.#byStatus[code];
    const within = context ?? ROOT_CONTEXT;
    const seconds = figures.durationMs / 1000;
    histograms.duration?.record(seconds, grpc, within);
    histograms.sent?.record(figures.sentWireBytes, grpc, within);
    histograms.received?.record(figures.receivedWireBytes, grpc, within);
    histograms.rpcDuration?.record(seconds, rpc, within);
  }

  #make(code: Code): StatusSeries {
    return { grpc: { ...this.base, "grpc.status": codeName(code) }, rpc: this.#rpcOf(code) };
  }
}
