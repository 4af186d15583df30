// Everything that is counted of one method, in plain numbers: counting costs some nanoseconds, and text is only made when somebody scrapes.
import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type ObservedRecord } from "@trunkline/core";
import { codeLabels } from "./code-label.js";
import type { MetricsSettings } from "./metrics-options.js";

/** The labels that say which method it is. */
export type MethodLabels = Readonly<Record<"grpc_type" | "grpc_service" | "grpc_method", string>>;

/** A call whose messages are counted. */
export interface CountedCall extends ObservedRecord {
  readonly sentMessages: number;
  readonly receivedMessages: number;
}

/** One call that fell into a bucket. */
export interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

const types: Readonly<Record<DescMethod["methodKind"], string>> = {
  unary: "unary",
  client_streaming: "client_stream",
  server_streaming: "server_stream",
  bidi_streaming: "bidi_stream",
};

/** The labels of a method. */
export function labelsOf(method: DescMethod): MethodLabels {
  return {
    grpc_type: types[method.methodKind],
    grpc_service: method.parent.typeName,
    grpc_method: method.name,
  };
}

/** See the file's first line. */
export class MethodSeries {
  readonly labels: MethodLabels;
  started: number = 0;
  /** Calls that have ended, by code. */
  readonly handled: number[] = codeLabels.map(() => 0);
  /** Calls that have ended in each bucket; the last one has no bound. */
  readonly buckets: number[];
  /** Seconds that calls have taken together. */
  seconds: number = 0;
  exemplars: (Exemplar | undefined)[] | undefined = undefined;
  readonly #settings: MetricsSettings;
  /** Of calls that have ended. */
  #sent = 0;
  #received = 0;
  /** Streams count while they are open; calls of one message each way when they end. */
  readonly #live: Set<CountedCall> | undefined;

  constructor(labels: MethodLabels, settings: MetricsSettings) {
    this.labels = { ...settings.labels, ...labels };
    this.#settings = settings;
    this.buckets = [...(settings.buckets ?? []), Infinity].map(() => 0);
    this.#live = labels.grpc_type === "unary" ? undefined : new Set();
  }

  /** A call begins. */
  callStarted(call: CountedCall): void {
    this.started++;
    this.#live?.add(call);
  }

  /** A call has ended. */
  callEnded(call: CountedCall): void {
    const { code } = call;
    // Peers may send whatever number they want.
    this.handled[code < codeLabels.length ? code : Code.UNKNOWN]!++;
    this.#sent += call.sentMessages;
    this.#received += call.receivedMessages;
    this.#live?.delete(call);
    const { buckets } = this.#settings;
    if (buckets !== undefined) this.#observe(call, buckets);
  }

  /** Messages that were sent. */
  get sent(): number {
    let sum = this.#sent;
    for (const call of this.#live ?? []) sum += call.sentMessages;
    return sum;
  }

  /** Messages that were received. */
  get received(): number {
    let sum = this.#received;
    for (const call of this.#live ?? []) sum += call.receivedMessages;
    return sum;
  }

  #observe(call: CountedCall, bounds: readonly number[]): void {
    const seconds = call.durationMs / 1000;
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    this.buckets[bucket]!++;
    this.seconds += seconds;
    const labelSet = this.#settings.exemplar?.(call);
    if (labelSet === undefined) return;
    this.exemplars ??= [];
    this.exemplars[bucket] = { labelSet, value: seconds, timestamp: Date.now() / 1000 };
  }
}
