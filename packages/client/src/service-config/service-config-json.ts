// A service config as people write it: the JSON form of grpc.service_config.ServiceConfig, typed.

import type { DurationText } from "./duration-text.js";
import type { LoadBalancingPolicyJson } from "./load-balancing-json.js";

/** A status code by its name in any case, or its number. */
export type StatusCodeText = string | number;

/** Which methods a config is for. Without `method` all of the service; without both, all there are. */
export interface MethodName {
  /** Full name: `acme.users.v1.UserService`. */
  readonly service?: string | undefined;
  /** Name within the service: `GetUser`. */
  readonly method?: string | undefined;
}

/** When and how often a failed call is tried again (gRFC A6). */
export interface RetryPolicyJson {
  /** Attempts in all, the first one included: a whole number from 2; more than 5 count as 5 unless the channel allows more. */
  readonly maxAttempts: number;
  /** Longest wait before the second attempt, more than 0. */
  readonly initialBackoff: DurationText;
  /** Longest wait ever, more than 0. */
  readonly maxBackoff: DurationText;
  /** Factor from one wait to the next, more than 0. */
  readonly backoffMultiplier: number;
  /** Codes that are worth another attempt; at least one. */
  readonly retryableStatusCodes: readonly StatusCodeText[];
  /** How long one attempt may take. Default: as long as the call. */
  readonly perAttemptRecvTimeout?: DurationText | undefined;
}

/** Attempts sent beside each other, the first answer wins (gRFC A6). */
export interface HedgingPolicyJson {
  /** Attempts in all, a whole number from 2; more than 5 count as 5 unless the channel allows more. */
  readonly maxAttempts: number;
  /** How long after one attempt the next is sent. Default 0s: all at once. */
  readonly hedgingDelay?: DurationText | undefined;
  /** Codes that do not end the call while other attempts are left. Default none. */
  readonly nonFatalStatusCodes?: readonly StatusCodeText[] | undefined;
}

/** What holds for some methods. */
export interface MethodConfigJson {
  /** Which ones; the most specific name wins. */
  readonly name: readonly MethodName[];
  /** Whether calls wait for a server. An option of the call goes first. */
  readonly waitForReady?: boolean | undefined;
  /** Longest time of a call; the shorter of this and the call's own counts. */
  readonly timeout?: DurationText | undefined;
  /** Limit of a request message, bytes, 0 to 4294967295; the smaller of this and the call's own counts. */
  readonly maxRequestMessageBytes?: number | string | undefined;
  /** Limit of a response message, bytes, 0 to 4294967295; the smaller of this and what channel, client or call name counts. Default: theirs, else 4 MiB. */
  readonly maxResponseMessageBytes?: number | string | undefined;
  /** Retries; not beside `hedgingPolicy`. */
  readonly retryPolicy?: RetryPolicyJson | undefined;
  /** Hedging; not beside `retryPolicy`. */
  readonly hedgingPolicy?: HedgingPolicyJson | undefined;
}

/** A service config (gRFC A2 and others). Fields that are not known are ignored. */
export interface ServiceConfigJson {
  /** Policies in order of preference, the first known one counts: `[{ round_robin: {} }]` (gRFC A24). */
  readonly loadBalancingConfig?: readonly LoadBalancingPolicyJson[] | undefined;
  /** The old way to name a policy; only without `loadBalancingConfig`. */
  readonly loadBalancingPolicy?: string | undefined;
  /** What holds for which methods. */
  readonly methodConfig?: readonly MethodConfigJson[] | undefined;
  /** Stops retries and hedging while a server fails too often (gRFC A6). */
  readonly retryThrottling?:
    | {
        /** More than 0, at most 1000. */
        readonly maxTokens: number;
        /** What a success gives back, more than 0; three decimals count. */
        readonly tokenRatio: number;
      }
    | undefined;
  /** Which service's health decides whether a server is used (gRFC A17). */
  readonly healthCheckConfig?: { readonly serviceName?: string | undefined } | undefined;
  /** How many connections one address may have when its limit of streams is reached (gRFC A105). */
  readonly connectionScaling?:
    | {
        /** From 1; more than 10 count as 10. Default 1. */
        readonly maxConnectionsPerSubchannel?: number | undefined;
      }
    | undefined;
}
