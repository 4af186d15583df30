// weighted_round_robin: each endpoint gets calls in proportion to what it says that it can do (gRFC A58).
import type {
  AttemptObserver,
  AttemptOutcome,
  BalancerHost,
  BalancerPolicy,
  Pick,
  PickedCall,
  Picker,
} from "../balancer.js";
import { withObserver } from "../observe.js";
import { loadReportOf } from "../orca/load-report.js";
import { ReportingHost } from "../orca/reporting-host.js";
import { createSpreadingPolicy, type ReadyEndpoint } from "../spreading.js";
import { EndpointWeight } from "../wrr/endpoint-weight.js";
import { StrideSchedule } from "../wrr/stride-schedule.js";
import { parseWeightedRoundRobin, type WeightedRoundRobinConfig } from "../wrr/wrr-config.js";

/** The policy `weighted_round_robin`. */
export const weightedRoundRobin: BalancerPolicy<WeightedRoundRobinConfig> = createSpreadingPolicy<
  WeightedRoundRobinConfig,
  WeighedEndpoint
>({
  name: "weighted_round_robin",
  parseConfig: parseWeightedRoundRobin,
  remember: (host, config) => new WeighedEndpoint(host, config),
  hostOf: ({ host }) => host,
  configure: (endpoint, config) => endpoint.configure(config),
  createPicker: (ready, config, host) => new WeightedPicker(ready, config, host),
});

const oobPeriodOf = (config: WeightedRoundRobinConfig): number | undefined =>
  config.usesOutOfBandReports ? config.oobReportingPeriodMs : undefined;

/** One endpoint: its weight, and the way on which reports about it come. */
class WeighedEndpoint implements AttemptObserver {
  readonly weight: EndpointWeight;
  readonly host: ReportingHost;

  constructor(host: BalancerHost, config: WeightedRoundRobinConfig) {
    const weight = new EndpointWeight(host.clock, config);
    const listener = {
      connected: () => weight.connected(),
      reported: weight.reported.bind(weight),
    };
    this.weight = weight;
    this.host = new ReportingHost(host, listener, oobPeriodOf(config));
  }

  configure(config: WeightedRoundRobinConfig): void {
    this.weight.config = config;
    this.host.setPeriod(oobPeriodOf(config));
  }

  started(): void {}

  ended({ trailers }: AttemptOutcome): void {
    const report = loadReportOf(trailers);
    if (report !== undefined) {
      this.weight.reported(report);
    }
  }
}

class WeightedPicker implements Picker {
  readonly #endpoints: readonly ReadyEndpoint<WeighedEndpoint>[];
  readonly #config: WeightedRoundRobinConfig;
  readonly #host: BalancerHost;
  readonly #schedule: StrideSchedule;
  #updateAtMs = 0;

  constructor(
    endpoints: readonly ReadyEndpoint<WeighedEndpoint>[],
    config: WeightedRoundRobinConfig,
    host: BalancerHost,
  ) {
    this.#endpoints = endpoints;
    this.#config = config;
    this.#host = host;
    this.#schedule = new StrideSchedule(endpoints.length, () => host.random());
    this.#update(host.clock.now());
  }

  pick(call: PickedCall): Pick {
    // Asked for by calls rather than by a timer: a channel that does nothing costs nothing.
    const now = this.#host.clock.now();
    if (now >= this.#updateAtMs) {
      this.#update(now);
    }
    const { picker, memory } = this.#endpoints[
      this.#schedule.next()
    ] as ReadyEndpoint<WeighedEndpoint>;
    const pick = picker.pick(call);
    return this.#config.usesOutOfBandReports ? pick : withObserver(pick, memory);
  }

  #update(now: number): void {
    this.#updateAtMs = now + this.#config.weightUpdatePeriodMs;
    this.#schedule.setWeights(this.#endpoints.map(({ memory }) => memory.weight.valueAt(now)));
  }
}
