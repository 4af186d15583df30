// Settings of how much may come: connections, calls at a time, calls in a time.
import type { Variables } from "./variables.js";

/** How much may come. What is undefined is not limited, or as Trunkline has it by default. */
export interface LimitSettings {
  readonly maxConnections: number | undefined;
  /** Calls under way at a time. */
  readonly maxCalls: number | undefined;
  /** Calls that may wait when that many are under way. */
  readonly maxWaitingCalls: number;
  /** Calls a second of each caller, who is known by name or else by address. */
  readonly rate: number | undefined;
  /** Calls that may come at once after a pause; undefined: `rate`. */
  readonly burst: number | undefined;
  /** Where all servers count together; undefined: each counts for itself. */
  readonly redisUrl: string | undefined;
  /** Whether calls are refused while the server cannot keep up. */
  readonly shedLoad: boolean;
}

const most = 1_000_000;

/** @throws {StartupError} naming the variable at fault. */
export function readLimitSettings(variables: Variables): LimitSettings {
  const settings = {
    maxConnections: variables.integer("MAX_CONNECTIONS", { min: 1, max: most }),
    maxCalls: variables.integer("MAX_CALLS", { min: 1, max: most }),
    maxWaitingCalls: variables.integer("MAX_WAITING_CALLS", { max: most }) ?? 0,
    rate: variables.integer("RATE_LIMIT", { min: 1, max: most }),
    burst: variables.integer("RATE_LIMIT_BURST", { min: 1, max: most }),
    redisUrl: variables.url("REDIS_URL", ["redis", "rediss"]),
    shedLoad: variables.flag("SHED_LOAD", "off"),
  };
  if (settings.rate === undefined && (settings.burst ?? settings.redisUrl) !== undefined) {
    variables.refuse("RATE_LIMIT_BURST and REDIS_URL need RATE_LIMIT");
  }
  return settings;
}
