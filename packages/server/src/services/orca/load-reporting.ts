// The service that tells clients at intervals how busy the server is (gRFC A51 "Out of Band Metrics Reporting").
import { create } from "@bufbuild/protobuf";
import { type Clock, describeValue, systemClock, UsageError } from "@trunkline/core";
import {
  OpenRcaService,
  type OrcaLoadReport,
  type OrcaLoadReportRequest,
  OrcaLoadReportSchema,
} from "@trunkline/core/orca";
import type { Server } from "../../server.js";
import type { ServerLoad } from "./load-metrics.js";

/** Options of `addLoadReporting`. */
export interface LoadReportingOptions {
  /** The shortest interval between two reports to one client, milliseconds, above 0; clients may ask for a longer one. Default 30000. */
  readonly minIntervalMs?: number | undefined;
  /** What intervals are measured with, for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Adds `xds.service.orca.v3.OpenRcaService` to a server: clients that open its stream are told at once
 * how busy the server is, and again at the interval that they have asked for.
 * @throws {UsageError} when the server has the service already, or the interval is out of its range.
 */
export function addLoadReporting(
  server: Server,
  load: ServerLoad,
  options: LoadReportingOptions = {},
): void {
  const { minIntervalMs = 30_000, clock = systemClock } = options;
  if (!(typeof minIntervalMs === "number" && minIntervalMs > 0 && minIntervalMs < Infinity)) {
    throw new UsageError(
      `option minIntervalMs is ${describeValue(minIntervalMs)}; it must be milliseconds, more than 0`,
    );
  }
  server.addService(OpenRcaService, {
    streamCoreMetrics: (request, call) =>
      reportForEver(load, Math.max(minIntervalMs, askedMs(request)), clock, call.signal),
  });
}

function askedMs({ reportInterval }: OrcaLoadReportRequest): number {
  return reportInterval === undefined
    ? 0
    : Number(reportInterval.seconds) * 1000 + reportInterval.nanos / 1e6;
}

async function* reportForEver(
  load: ServerLoad,
  intervalMs: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<OrcaLoadReport> {
  while (!signal.aborted) {
    yield load.metrics.toReport() ?? create(OrcaLoadReportSchema);
    await wait(intervalMs, clock, signal);
  }
}

/** Resolves when the time has passed, or at once when the client is gone. */
function wait(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimer(ms, done);
    signal.addEventListener("abort", done);
    if (signal.aborted) {
      done();
    }
  });
}
