// The end of all workers as one report.
import { createReport, type ReportDraft, type ShutdownReport } from "../shutdown/report.js";

/** How one worker has ended. */
export interface WorkerEnd {
  /** The number of the worker. */
  readonly worker: number;
  /** What it has done at its end; undefined for one that did not get to say. */
  readonly report: ShutdownReport | undefined;
}

/** What `shutdown` of all workers has done: sums over them, and how long the slowest one took for each step. */
export interface AllCoresReport extends ShutdownReport {
  /** What each has done. */
  readonly workers: readonly WorkerEnd[];
}

/** Adds up. */
export function mergeReports(
  reason: string | undefined,
  workers: readonly WorkerEnd[],
): { -readonly [K in keyof AllCoresReport]: AllCoresReport[K] } {
  const merged: ReportDraft = createReport(reason);
  for (const { report } of workers) {
    if (report === undefined) continue;
    merged.connections += report.connections;
    merged.cutConnections += report.cutConnections;
    merged.finishedCalls += report.finishedCalls;
    merged.cutCallCount += report.cutCallCount;
    merged.handlersLeft += report.handlersLeft;
    merged.cutCalls = [...merged.cutCalls, ...report.cutCalls];
    merged.hooks = [...merged.hooks, ...report.hooks];
    merged.phases = latest(merged.phases, report.phases);
    merged.durationMs = Math.max(merged.durationMs, report.durationMs);
  }
  return { ...merged, workers };
}

function latest<P extends Record<keyof P, number>>(a: P, b: P): P {
  const names = Object.keys(a) as (keyof P)[];
  return Object.fromEntries(names.map((name) => [name, Math.max(a[name], b[name])])) as P;
}
