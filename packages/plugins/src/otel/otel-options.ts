// What the OpenTelemetry plugin can be told, and what it does when it is told nothing.
import type { MeterProvider, TextMapPropagator, TracerProvider } from "@opentelemetry/api";
import { UsageError } from "@trunkline/core";
import {
  type ConventionSet,
  type Conventions,
  toConventions,
} from "./conventions/convention-set.js";
import { instrumentNames } from "./metrics/instruments.js";
import type { InstrumentChoice } from "./metrics/meters.js";
import type { MetricTotals } from "./metrics/totals/metric-totals.js";

/** Options of `createOpenTelemetry`. */
export interface OpenTelemetryOptions {
  /** Whose meter counts. Default: none, and there are no metrics; the global one is never taken (gRFC A66). */
  readonly meterProvider?: MeterProvider | undefined;
  /** Counts in the place of a meter, for a tenth of the cost; see `createMetricTotals`. Default: none. */
  readonly metricTotals?: MetricTotals | undefined;
  /** Whose tracer begins spans. Default: none, and there are no spans; the global one is never taken. */
  readonly tracerProvider?: TracerProvider | undefined;
  /**
   * Carries contexts between processes. Default: the global one of `propagation.setGlobalPropagator`; W3C Trace Context
   * while there is none. For `grpc-trace-bin` see `GrpcTraceBinPropagator`.
   */
  readonly propagator?: TextMapPropagator | undefined;
  /** Whose names are used, see `ConventionSet`. Default `grpc`. */
  readonly conventions?: ConventionSet | undefined;
  /**
   * Metrics by their names: `enable` those that are off because they are experimental, `disable` any.
   * Default: all that are not experimental.
   */
  readonly metrics?: {
    readonly enable?: readonly string[] | undefined;
    readonly disable?: readonly string[] | undefined;
  };
  /**
   * Whether a method that no contract has is recorded by its name, `package.Service/Method`, instead of `other`: calls to
   * methods that a server does not have, of its option `unknownMethod`, of generic clients. At most 1000 of them are, for
   * anybody may call anything. Default: none is.
   */
  readonly methodAttributeFilter?: ((method: string) => boolean) | undefined;
  /** Whether a target is recorded in `grpc.target` instead of `other`; asked once for each. Default: all are. */
  readonly targetAttributeFilter?: ((target: string) => boolean) | undefined;
  /**
   * Whether calls of a method, `package.Service/Method`, have spans. Those that have none go on in the trace that they came
   * with. Default: all have.
   * @example
   * traceFilter: (method) => !method.startsWith("grpc.health.v1.")
   */
  readonly traceFilter?: ((method: string) => boolean) | undefined;
  /**
   * The share of traces begun here that are offered to the tracer provider, 0 to 1. Those that are not cost much less than
   * what its sampler turns down, and are told to further servers as not sampled. Traces that came from elsewhere are offered
   * if they are sampled. Default: all calls are offered, and the sampler alone decides.
   */
  readonly traceRatio?: number | undefined;
  /** Whether messages are events of spans (gRFC A72). Default true. */
  readonly messageEvents?: boolean | undefined;
  /**
   * Metadata that is recorded in spans, by names in lower case: `rpc.request.metadata.NAME`. Beware of secrets. Default: none.
   */
  readonly capturedMetadata?: {
    readonly request?: readonly string[] | undefined;
    readonly response?: readonly string[] | undefined;
  };
  /**
   * Whether the span of the server is the active one while handlers and interceptors run (`trace.getActiveSpan()`). Default:
   * if a context manager was registered (`context.setGlobalContextManager`) before `createOpenTelemetry` was called.
   */
  readonly activeContext?: boolean | undefined;
}

/** @throws {UsageError} for options that make no sense. */
export function readConventions({ conventions = "grpc" }: OpenTelemetryOptions): Conventions {
  const read = toConventions(conventions);
  if (read !== undefined) return read;
  throw new UsageError(
    `option conventions of createOpenTelemetry must be "grpc", "rpc" or "both", not ${JSON.stringify(conventions)}`,
  );
}

/** @throws {UsageError} for a name that no metric has. */
export function readChoice({ metrics }: OpenTelemetryOptions): InstrumentChoice {
  const choice = { enabled: new Set(metrics?.enable), disabled: new Set(metrics?.disable) };
  for (const name of [...choice.enabled, ...choice.disabled]) {
    if (instrumentNames.has(name)) continue;
    throw new UsageError(
      `option metrics of createOpenTelemetry names ${JSON.stringify(name)}; the metrics are ${[...instrumentNames].join(", ")}`,
    );
  }
  return choice;
}

/** @throws {UsageError} unless it is undefined or from 0 to 1. */
export function readRatio({ traceRatio }: OpenTelemetryOptions): number | undefined {
  if (traceRatio === undefined || (traceRatio >= 0 && traceRatio <= 1)) return traceRatio;
  throw new UsageError(
    `option traceRatio of createOpenTelemetry must be a number from 0 to 1, not ${JSON.stringify(traceRatio)}`,
  );
}
