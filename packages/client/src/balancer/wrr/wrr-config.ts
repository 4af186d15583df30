// The config of weighted_round_robin (gRFC A58, A114).
import { Fields } from "../../service-config/field.js";

/** Config of weighted_round_robin. */
export interface WeightedRoundRobinConfig {
  /** Whether servers are asked for reports on a stream of their own; false: reports are read from trailers. Default false. */
  readonly usesOutOfBandReports: boolean;
  /** How often servers are asked to report on that stream, milliseconds. Default 10000. */
  readonly oobReportingPeriodMs: number;
  /** An endpoint must have reported for so long before its weight counts, milliseconds. Default 10000. */
  readonly blackoutPeriodMs: number;
  /** A weight that was not renewed for so long counts no more, milliseconds. Default 180000. */
  readonly weightExpirationPeriodMs: number;
  /** How often the weights are looked at, milliseconds, at least 100. Default 1000. */
  readonly weightUpdatePeriodMs: number;
  /** How much failed calls count against an endpoint, from 0. Default 1. */
  readonly errorUtilizationPenalty: number;
  /** Metrics whose highest value is the utilization; none: `applicationUtilization`, else `cpuUtilization`. */
  readonly utilizationMetrics: readonly string[];
}

/** gRFC A58: more often would cost more than it brings. */
const shortestUpdateMs = 100;

/** @throws {UsageError} naming path, value and what is allowed. */
export function parseWeightedRoundRobin(json: unknown, path: string): WeightedRoundRobinConfig {
  const fields = new Fields(json, path);
  const penalty = fields.get("errorUtilizationPenalty") ?? 1;
  return {
    usesOutOfBandReports: fields.boolean("enableOobLoadReport") ?? false,
    oobReportingPeriodMs: fields.durationMs("oobReportingPeriod") ?? 10_000,
    blackoutPeriodMs: fields.durationMs("blackoutPeriod") ?? 10_000,
    weightExpirationPeriodMs: fields.durationMs("weightExpirationPeriod") ?? 180_000,
    weightUpdatePeriodMs: Math.max(
      shortestUpdateMs,
      fields.durationMs("weightUpdatePeriod") ?? 1000,
    ),
    errorUtilizationPenalty:
      typeof penalty === "number" && penalty >= 0 && penalty < Infinity
        ? penalty
        : fields.refuse("errorUtilizationPenalty", "a number, 0 or more"),
    utilizationMetrics: fields
      .list("metricNamesForComputingUtilization")
      .map((name) =>
        typeof name === "string"
          ? name
          : fields.refuse("metricNamesForComputingUtilization", "a list of names of metrics"),
      ),
  };
}
