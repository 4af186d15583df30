// OpenTelemetry for servers and channels: metrics and spans of their calls, as observers.
import {
  type Context,
  context as contextApi,
  createContextKey,
  ROOT_CONTEXT,
} from "@opentelemetry/api";
import type { CallObserver } from "@trunkline/client";
import { type ParentCall, UsageError } from "@trunkline/core";
import type { ServerObserver } from "@trunkline/server";
import { MethodNames } from "./conventions/method-names.js";
import { ClientMetrics } from "./metrics/client-metrics.js";
import { type CallMeter, Meters } from "./metrics/meters.js";
import { ServerMetrics } from "./metrics/server-metrics.js";
import { CountedTotals, type MetricTotals } from "./metrics/totals/metric-totals.js";
import { observeClient, observeServer } from "./observers.js";
import {
  type OpenTelemetryOptions,
  readChoice,
  readConventions,
  readRatio,
} from "./otel-options.js";
import { Propagation } from "./propagation/propagation.js";
import { contextOf } from "./traces/call-trace.js";
import { ClientTracing } from "./traces/client-tracing.js";
import { ServerTracing } from "./traces/server-tracing.js";
import { SpanClock } from "./traces/span-clock.js";
import type { TraceSettings } from "./traces/trace-settings.js";

/** What `createOpenTelemetry` makes. Each of both may be given to any number of servers or channels. */
export interface OpenTelemetry {
  /** For the option `observers` of `createServer`. */
  readonly server: ServerObserver;
  /** For the option `observers` of `createChannel`. */
  readonly client: CallObserver;
}

const name = "@trunkline/plugins/otel";
const version = "0.1.0";

/**
 * Makes observers that count calls and trace them, by gRFC A66, A72 and A96, by OpenTelemetry's stable semantic conventions
 * for RPC, or by both. Only `@opentelemetry/api` is needed; the providers are those of the SDK of your choice.
 * @throws {UsageError} for options that make no sense.
 * @example
 * const telemetry = createOpenTelemetry({ meterProvider, tracerProvider });
 * const server = createServer({ observers: [telemetry.server] });
 * const channel = createChannel("users:50051", { observers: [telemetry.client] });
 */
export function createOpenTelemetry(options: OpenTelemetryOptions): OpenTelemetry {
  const conventions = readConventions(options);
  const names = new MethodNames(options.methodAttributeFilter);
  const choice = readChoice(options);
  const tracing = toTraceSettings(options, names);
  const meter = meterOf(options);
  const meters = meter && new Meters(meter, choice);
  const isActive = options.activeContext ?? hasContextManager();
  return {
    server: observeServer({
      metrics: meters && new ServerMetrics(meters, names, conventions),
      tracing: tracing && new ServerTracing(tracing),
      callScope: tracing !== undefined && isActive ? activeScope : undefined,
    }),
    client: observeClient({
      metrics:
        meters && new ClientMetrics(meters, names, conventions, options.targetAttributeFilter),
      tracing: tracing && new ClientTracing(tracing),
    }),
  };
}

/**
 * Makes totals for the option `metricTotals`. Give them to the SDK's reader as well (`metricProducers`), whose
 * temporality is to be cumulative, as it is by default; views and exemplars do not apply to them.
 * @example
 * const metricTotals = createMetricTotals();
 * const reader = new PeriodicExportingMetricReader({ exporter, metricProducers: [metricTotals] });
 * const meterProvider = new MeterProvider({ readers: [reader] });
 * const telemetry = createOpenTelemetry({ metricTotals, tracerProvider });
 */
export function createMetricTotals(): MetricTotals {
  return new CountedTotals({ name, version });
}

function meterOf({ meterProvider, metricTotals }: OpenTelemetryOptions): CallMeter | undefined {
  if (metricTotals === undefined) return meterProvider?.getMeter(name, version);
  if (metricTotals instanceof CountedTotals) return metricTotals.meter;
  throw new UsageError(
    "option metricTotals of createOpenTelemetry is none that createMetricTotals has made",
  );
}

function toTraceSettings(
  options: OpenTelemetryOptions,
  names: MethodNames,
): TraceSettings | undefined {
  const ratio = readRatio(options);
  const tracer = options.tracerProvider?.getTracer(name, version);
  return (
    tracer && {
      tracer,
      names,
      ratio,
      clock: new SpanClock(),
      conventions: readConventions(options),
      propagation: new Propagation(options.propagator),
      messageEvents: options.messageEvents ?? true,
      isTraced: options.traceFilter ?? (() => true),
      requestMetadata: options.capturedMetadata?.request ?? [],
      responseMetadata: options.capturedMetadata?.response ?? [],
    }
  );
}

/** The span of the call is the active one in its handler. */
const activeScope = {
  run<T>(call: ParentCall, action: () => T): T {
    const { context } = call;
    return context === undefined ? action() : contextApi.with(contextOf({ context }), action);
  },
};

const probe: Context = ROOT_CONTEXT.setValue(createContextKey("trunkline probe"), true);

function hasContextManager(): boolean {
  return contextApi.with(probe, () => contextApi.active()) === probe;
}
