// Reads the load report that a server put into the trailers of a call (gRFC A51 "Per-Request Metrics Reporting").
import { codecFor } from "@trunkline/codec";
import { decodeBinaryValue } from "@trunkline/core";
import { loadReportField, OrcaLoadReportSchema } from "@trunkline/core/orca";

/** What a server reports of its load, in its trailers or on a stream of its own. 0 stands for "not reported". */
export interface LoadReport {
  /** Share of the CPU in use; above 1 when the server is over its limit. */
  readonly cpuUtilization: number;
  /** Share of the memory in use, 0 to 1. */
  readonly memUtilization: number;
  /** Share of what the application counts as its capacity; above 1 when it is over its limit. */
  readonly applicationUtilization: number;
  /** Calls a second, of all services of the server. */
  readonly rpsFractional: number;
  /** Failed calls a second. */
  readonly eps: number;
  /** Shares of other resources in use, by their names. */
  readonly utilization: Readonly<Record<string, number>>;
  /** What the call has cost, by names that the application gives. */
  readonly requestCost: Readonly<Record<string, number>>;
  /** Whatever else the application reports. */
  readonly namedMetrics: Readonly<Record<string, number>>;
}

let lastTrailers: readonly string[] | undefined;
let lastReport: LoadReport | undefined;

/**
 * The load report among the trailers of an attempt, as an `AttemptObserver` is given them; undefined when
 * there is none that can be read. It is decoded once, however many observers of the attempt ask for it.
 */
export function loadReportOf(trailers: readonly string[] | undefined): LoadReport | undefined {
  if (trailers !== lastTrailers) {
    lastTrailers = trailers;
    lastReport = trailers === undefined ? undefined : findReport(trailers);
  }
  return lastReport;
}

function findReport(trailers: readonly string[]): LoadReport | undefined {
  for (let i = 0; i < trailers.length; i += 2) {
    if (trailers[i] === loadReportField) {
      return decodeReport(trailers[i + 1] as string);
    }
  }
  return undefined;
}

function decodeReport(text: string): LoadReport | undefined {
  const bytes = decodeBinaryValue(text);
  try {
    return bytes && codecFor(OrcaLoadReportSchema).decode(bytes);
  } catch {
    // A report that cannot be read is no reason to fail a call that went well.
    return undefined;
  }
}
