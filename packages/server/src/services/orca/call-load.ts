// Load reports in the trailers of calls (gRFC A51 "Per-Request Metrics Reporting").
import { codecFor } from "@trunkline/codec";
import {
  type ContextKey,
  createContextKey,
  type Interceptor,
  type Metadata,
} from "@trunkline/core";
import { loadReportField, OrcaLoadReportSchema } from "@trunkline/core/orca";
import type { ServerCall } from "../../dispatch/server-call.js";
import { type LoadMetrics, MetricSet, type NamedMetrics, type ServerLoad } from "./load-metrics.js";

/** What one call reports: how busy the server is, and what the call itself has cost. */
export interface CallLoad extends LoadMetrics {
  /** What the call has cost, by names that the application gives: rows, bytes, milliseconds. */
  readonly requestCost?: NamedMetrics | undefined;
}

const recorded: ContextKey<MetricSet | undefined> = createContextKey<MetricSet | undefined>(
  undefined,
  { description: "load of the call" },
);

/**
 * Reports the load with this call, in its trailer `endpoint-load-metrics-bin`, whether it succeeds or
 * fails. May be called several times before the call ends: what is said later replaces what was said
 * before, metric by metric. Needs no set-up.
 * @throws {UsageError} naming a metric that is out of its range.
 * @example
 * recordCallLoad(call, { cpuUtilization: 0.4, qps: 120, requestCost: { rows: 17 } });
 */
export function recordCallLoad(call: ServerCall, load: CallLoad): void {
  const metrics = call.context.get(recorded) ?? new MetricSet();
  metrics.set(load);
  call.context.set(recorded, metrics);
  writeReport(call.responseTrailers, metrics);
}

/**
 * An interceptor that reports how busy the server is with every call; what a handler records for its
 * call goes before it. For servers whose clients balance by the trailers of calls, which is how
 * weighted_round_robin does it unless its config says otherwise.
 */
export function reportLoad(load: ServerLoad): Interceptor {
  return async (call, next) => {
    const finish = (trailers: Metadata): void => {
      const own = call.context.get(recorded) ?? load.metrics;
      writeReport(trailers, own, load.metrics);
    };
    try {
      const reply = await next(call);
      if (reply.messages !== undefined) {
        return { ...reply, messages: untilEnd(reply.messages, () => finish(reply.trailers)) };
      }
      finish(reply.trailers);
      return reply;
    } catch (error) {
      finish((call as ServerCall).responseTrailers);
      throw error;
    }
  };
}

async function* untilEnd(
  messages: AsyncIterable<unknown>,
  finish: () => void,
): AsyncGenerator<unknown> {
  try {
    yield* messages;
  } finally {
    finish();
  }
}

function writeReport(trailers: Metadata, metrics: MetricSet, others?: MetricSet): void {
  const report = metrics.toReport(others);
  if (report === undefined) {
    trailers.delete(loadReportField);
  } else {
    trailers.set(loadReportField, codecFor(OrcaLoadReportSchema).encode(report));
  }
}
