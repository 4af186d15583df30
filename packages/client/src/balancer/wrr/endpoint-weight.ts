// The weight of one endpoint, made of its load reports: how many calls a second it would take when fully used (gRFC A58).
import type { Clock } from "@trunkline/core";
import type { LoadReport } from "../orca/load-report.js";
import { utilizationOf } from "./utilization.js";
import type { WeightedRoundRobinConfig } from "./wrr-config.js";

/** See the file's first line. */
export class EndpointWeight {
  config: WeightedRoundRobinConfig;
  readonly #clock: Clock;
  #weight = 0;
  /** When the last report came that a weight could be made of. */
  #updatedMs = -Infinity;
  /** Since when such reports have come without a pause; Infinity: they do not. */
  #reportingSinceMs = Infinity;

  constructor(clock: Clock, config: WeightedRoundRobinConfig) {
    this.#clock = clock;
    this.config = config;
  }

  /** A new connection: what the endpoint reports from now on has to prove itself. */
  connected(): void {
    this.#reportingSinceMs = Infinity;
  }

  reported(report: LoadReport): void {
    const weight = weightOf(report, this.config);
    if (weight > 0 && weight < Infinity) {
      const now = this.#clock.now();
      this.#expire(now);
      this.#weight = weight;
      this.#updatedMs = now;
      this.#reportingSinceMs = Math.min(this.#reportingSinceMs, now);
    }
  }

  /** The weight that counts now; 0: none does. */
  valueAt(nowMs: number): number {
    const { blackoutPeriodMs } = this.config;
    if (this.#expire(nowMs)) {
      return 0;
    }
    const isProven = nowMs - this.#reportingSinceMs >= blackoutPeriodMs;
    return blackoutPeriodMs === 0 || isProven ? this.#weight : 0;
  }

  #expire(nowMs: number): boolean {
    const isOld = nowMs - this.#updatedMs >= this.config.weightExpirationPeriodMs;
    if (isOld) {
      this.#reportingSinceMs = Infinity;
    }
    return isOld;
  }
}

/** gRFC A58 "Subchannel Weights"; 0 when the report says too little. */
function weightOf(report: LoadReport, config: WeightedRoundRobinConfig): number {
  const { rpsFractional: qps, eps } = report;
  const utilization = utilizationOf(report, config.utilizationMetrics);
  if (!(qps > 0 && utilization > 0)) {
    return 0;
  }
  const failing = eps > 0 ? (eps / qps) * config.errorUtilizationPenalty : 0;
  return qps / (utilization + failing);
}
