// Completes the limits of a connection with the defaults of its role, and refuses those that make no sense.
import type { Role } from "../contract.js";
import { defaultWindow } from "../flow/credit.js";
import { maxInt31 } from "../frame/head.js";
import { UsageError } from "../usage-error.js";
import {
  type ConnectionLimits,
  connectionLimitDefaults,
  type LimitName,
  serverLimitDefaults,
} from "./limits.js";

const infinity = Number.POSITIVE_INFINITY;

/** Limits whose range is not simply "0 or more": least and most. */
const ranges: Partial<Record<LimitName, readonly [least: number, most: number]>> = {
  connectionWindowBytes: [defaultWindow, maxInt31],
  maxStreamId: [1, maxInt31],
  maxResetRatio: [0, 1],
  maxStreamsPerTurn: [1, infinity],
  errorResetsPerSecond: [Number.MIN_VALUE, infinity],
  glitchesPerSecond: [Number.MIN_VALUE, infinity],
  settingsPerSecond: [Number.MIN_VALUE, infinity],
  emptyDataPerSecond: [Number.MIN_VALUE, infinity],
  pingsPerSecond: [Number.MIN_VALUE, infinity],
};

/**
 * The limits of one connection: what is given, and the role's defaults for the rest.
 * @throws UsageError naming the limit that is out of its range.
 */
export function completeLimits(
  role: Role,
  given: Partial<ConnectionLimits> | undefined,
): ConnectionLimits {
  const defaults = role === "server" ? serverLimitDefaults : connectionLimitDefaults;
  if (given === undefined) return defaults;
  const limits = { ...defaults, ...given };
  checkLimits(limits);
  return limits;
}

/** @throws UsageError naming the limit, its value and its range. */
function checkLimits(limits: ConnectionLimits): void {
  for (const name of Object.keys(limits) as LimitName[]) {
    const value = limits[name];
    if (typeof value === "boolean") continue;
    const [least, most] = ranges[name] ?? [0, infinity];
    if (value >= least && value <= most) continue;
    throw new UsageError(`${name} is ${value}, it must be ${least} .. ${most}`);
  }
  const { connectionWindowBytes, maxUnreadBytes } = limits;
  if (maxUnreadBytes >= connectionWindowBytes) return;
  throw new UsageError(
    `maxUnreadBytes is ${maxUnreadBytes}, it must be at least connectionWindowBytes, ${connectionWindowBytes}`,
  );
}
