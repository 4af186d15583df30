// The balancing policies of a service config as people write them: the JSON form, typed for those that are built in.
import type { DurationText } from "./duration-text.js";

/** pick_first: one connection, to the first address that answers (gRFC A61, A62, A113). */
export interface PickFirstJson {
  /** Whether the endpoints are tried in random order, by weight where they have one. Default false. */
  readonly shuffleAddressList?: boolean | undefined;
}

/** weighted_round_robin: calls in proportion to what servers say that they can do (gRFC A58, A114). */
export interface WeightedRoundRobinJson {
  /** Whether servers are asked for reports on a stream of their own, rather than in trailers. Default false. */
  readonly enableOobLoadReport?: boolean | undefined;
  /** How often they are asked to report on that stream; they may do it less often. Default 10s. */
  readonly oobReportingPeriod?: DurationText | undefined;
  /** A server must have reported for so long before its weight counts. Default 10s. */
  readonly blackoutPeriod?: DurationText | undefined;
  /** A weight that was not renewed for so long counts no more. Default 180s. */
  readonly weightExpirationPeriod?: DurationText | undefined;
  /** How often the weights are looked at; less than 0.1s counts as 0.1s. Default 1s. */
  readonly weightUpdatePeriod?: DurationText | undefined;
  /** How much failed calls count against a server, from 0. Default 1. */
  readonly errorUtilizationPenalty?: number | undefined;
  /**
   * Metrics whose highest value is the utilization: `cpu_utilization`, `mem_utilization`,
   * `application_utilization`, `utilization.NAME`, `named_metrics.NAME`. Default none: what the
   * application counts as its utilization, else that of the CPU.
   */
  readonly metricNamesForComputingUtilization?: readonly string[] | undefined;
}

/** least_request: of a few servers drawn at random, the one with the fewest calls under way (gRFC A48). */
export interface LeastRequestJson {
  /** How many are drawn, from 2; more than 10 count as 10. Default 2. */
  readonly choiceCount?: number | undefined;
}

/** peak_ewma: of two servers drawn at random, the one with the lower expected wait. */
export interface PeakEwmaJson {
  /** After this time 37 % of an old latency are left. Default 10s. */
  readonly decay?: DurationText | undefined;
  /** What a server is taken for before its first answer. Default 0.03s. */
  readonly defaultLatency?: DurationText | undefined;
}

/** ring_hash: calls with the same metadata value go to the same server (gRFC A42, A76). */
export interface RingHashJson {
  /** The metadata key whose value is hashed, not one that ends in `-bin`. Without it all calls fail. */
  readonly requestHashHeader?: string | undefined;
  /** Places on the ring, 1 to 8388608; more than 4096 count as 4096. Default 1024. */
  readonly minRingSize?: number | undefined;
  /** As `minRingSize`, and not below it. Default 4096. */
  readonly maxRingSize?: number | undefined;
}

/** random_subsetting: each client uses a few of many servers (gRFC A68). */
export interface RandomSubsettingJson {
  /** How many, from 1. */
  readonly subsetSize: number;
  /** What balances among them. */
  readonly childPolicy: readonly LoadBalancingPolicyJson[];
}

/** outlier_detection: leaves out servers that fail more than the others, for a while (gRFC A50). */
export interface OutlierDetectionJson {
  /** How long calls are counted before they are compared. Default 10s. */
  readonly interval?: DurationText | undefined;
  /** How long a server is left out, times how often it has been. Default 30s. */
  readonly baseEjectionTime?: DurationText | undefined;
  /** The longest it is left out. Default 300s, or `baseEjectionTime` if that is longer. */
  readonly maxEjectionTime?: DurationText | undefined;
  /** Share of the servers that may be left out, percent, 0 to 100; one may be unless it is 0. Default 10. */
  readonly maxEjectionPercent?: number | undefined;
  /** Leaves out servers whose rate of successes is far below the mean. Default: not looked at. */
  readonly successRateEjection?:
    | (EjectionRuleJson & {
        /** How many thousandths of the standard deviation are far. Default 1900. */
        readonly stdevFactor?: number | undefined;
      })
    | undefined;
  /** Leaves out servers that fail more than a share of their calls. Default: not looked at. */
  readonly failurePercentageEjection?:
    | (EjectionRuleJson & {
        /** Percent of failed calls, 0 to 100. Default 85. */
        readonly threshold?: number | undefined;
      })
    | undefined;
  /** What balances among those that are left. */
  readonly childPolicy: readonly LoadBalancingPolicyJson[];
}

/** What both ways to find outliers have in common. */
export interface EjectionRuleJson {
  /** How likely an outlier is left out, percent, 0 to 100. Default 100. */
  readonly enforcementPercentage?: number | undefined;
  /** Fewer servers with enough calls than this are not compared. Default 5. */
  readonly minimumHosts?: number | undefined;
  /** Servers with fewer calls in an interval are not judged. Default 100 for successes, 50 for failures. */
  readonly requestVolume?: number | undefined;
}

/** priority: the first child that works serves (gRFC A56); endpoints name their child in `path`. */
export interface PriorityJson {
  /** Children by their names. */
  readonly children: Readonly<
    Record<
      string,
      {
        /** What balances in it. */
        readonly config: readonly LoadBalancingPolicyJson[];
        /** Whether names are not resolved anew when this child asks for it. Default false. */
        readonly ignoreReresolutionRequests?: boolean | undefined;
      }
    >
  >;
  /** Names of children, the most wanted first. */
  readonly priorities: readonly string[];
}

/** weighted_target: splits calls between named children (gRFC A28); endpoints name their child in `path`. */
export interface WeightedTargetJson {
  /** Children by their names. */
  readonly targets: Readonly<
    Record<
      string,
      {
        /** Its share relative to the others', from 1. */
        readonly weight: number;
        /** What balances in it. */
        readonly childPolicy: readonly LoadBalancingPolicyJson[];
      }
    >
  >;
}

/** zone_preference: calls stay in the client's zone as long as enough of its servers can be reached. */
export interface ZonePreferenceJson {
  /** The client's zone. Default: the channel's option `zone`, else the environment's `TRUNKLINE_ZONE`. */
  readonly zone?: string | undefined;
  /** Share of the zone's servers that must be reachable for all calls to stay, percent, 1 to 100. Default 70. */
  readonly minHealthyPercent?: number | undefined;
  /** A zone with fewer servers is not preferred, from 1. Default 1. */
  readonly minEndpoints?: number | undefined;
  /** What balances in the zone, and outside. Default round_robin. */
  readonly childPolicy?: readonly LoadBalancingPolicyJson[] | undefined;
}

/** One entry of a list of policies: one policy by its name, and its config. The first that is known counts (gRFC A24). */
export interface LoadBalancingPolicyJson {
  /** The default: one connection, to the first address that answers. */
  readonly pick_first?: PickFirstJson | undefined;
  /** Each call to the next server (gRFC A24, A61). */
  readonly round_robin?: Readonly<Record<string, never>> | undefined;
  /** In proportion to what servers say that they can do. */
  readonly weighted_round_robin?: WeightedRoundRobinJson | undefined;
  /** To the server with fewer calls under way. */
  readonly least_request?: LeastRequestJson | undefined;
  /** To the server with the lower expected wait. */
  readonly peak_ewma?: PeakEwmaJson | undefined;
  /** The same metadata value to the same server. */
  readonly ring_hash?: RingHashJson | undefined;
  /** A few of many servers. */
  readonly random_subsetting?: RandomSubsettingJson | undefined;
  /** Without the servers that fail. */
  readonly outlier_detection?: OutlierDetectionJson | undefined;
  /** The first group that works. */
  readonly priority?: PriorityJson | undefined;
  /** Groups with weights. */
  readonly weighted_target?: WeightedTargetJson | undefined;
  /** Near servers first. */
  readonly zone_preference?: ZonePreferenceJson | undefined;
  /** A policy of the application's own, or a built-in one with the `_experimental` of gRPC's documents behind its name. */
  readonly [name: string]: unknown;
}
