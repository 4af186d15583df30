// Joins metrics and traces to one observer for each end.
import type { CallObserver } from "@trunkline/client";
import type { ServerObserver } from "@trunkline/server";
import type { ClientMetrics } from "./metrics/client-metrics.js";
import type { ServerMetrics } from "./metrics/server-metrics.js";
import type { ClientTracing } from "./traces/client-tracing.js";
import type { ServerTracing } from "./traces/server-tracing.js";

/** What a server is observed by. */
export interface ServerParts {
  readonly metrics: ServerMetrics | undefined;
  readonly tracing: ServerTracing | undefined;
  readonly callScope: ServerObserver["callScope"];
}

/** What a channel is observed by. */
export interface ClientParts {
  readonly metrics: ClientMetrics | undefined;
  readonly tracing: ClientTracing | undefined;
}

/** The observer of a server; without parts one that wants to hear nothing, and costs nothing. */
export function observeServer({ metrics, tracing, callScope }: ServerParts): ServerObserver {
  if (metrics === undefined && tracing === undefined) return {};
  return {
    callScope,
    callStarted(record) {
      metrics?.started(record);
      tracing?.started(record);
    },
    callEnded(record) {
      metrics?.ended(record, tracing?.contextOf(record));
      tracing?.ended(record);
    },
  };
}

/** The observer of a channel; without parts one that wants to hear nothing. */
export function observeClient({ metrics, tracing }: ClientParts): CallObserver {
  if (metrics === undefined && tracing === undefined) return {};
  return {
    callStarted: (record) => tracing?.callStarted(record),
    nameResolved: (record) => tracing?.nameResolved(record),
    requestStarted: (record) => tracing?.requestStarted(record),
    attemptStarted(record) {
      metrics?.attemptStarted(record);
      tracing?.attemptStarted(record);
    },
    attemptEnded(record) {
      metrics?.attemptEnded(record, tracing?.contextOf(record));
      tracing?.attemptEnded(record);
    },
    callEnded(record) {
      metrics?.callEnded(record, tracing?.contextOf(record));
      tracing?.callEnded(record);
    },
  };
}
