// The soft limit on the size of metadata: beyond it calls fail at random, before the hard limit fails all of them.
import { Code } from "../status/code.js";
import { RpcError } from "../status/rpc-error.js";

const leastSoftBytes = 8192;

/** The soft limit that goes with a hard one: half of it, but no less than 8 KiB where it allows as much. */
export function defaultSoftLimit(hardBytes: number): number {
  return Math.min(hardBytes, Math.max(leastSoftBytes, Math.floor(hardBytes / 2)));
}

/** The two limits on one received list of header fields, in bytes as RFC 9113 s6.5.2 counts them. */
export interface HeaderListLimits {
  /** From here on lists are refused at random. */
  readonly softBytes: number;
  /** Above this all lists are refused. */
  readonly hardBytes: number;
}

/**
 * Whether a list is refused. Between the limits that is a matter of chance: none at the soft limit,
 * certainty at the hard one. So metadata that keeps growing shows up as a few failed calls, rather than
 * as an outage on the day when it reaches the hard limit.
 * @param chance 0 to below 1.
 */
export function isListRefused(
  listBytes: number,
  { softBytes, hardBytes }: HeaderListLimits,
  chance: number,
): boolean {
  if (listBytes <= softBytes) return false;
  return listBytes > hardBytes || chance < (listBytes - softBytes) / (hardBytes - softBytes);
}

/**
 * The error of a call whose metadata is too large: which limit, its value, the size seen.
 * @param what begins the error: `request headers`.
 * @param side whose options set the limit: `server` or `channel`.
 */
export function toListError(
  what: string,
  listBytes: number,
  { softBytes, hardBytes }: HeaderListLimits,
  side: string,
): RpcError {
  const limit =
    listBytes > hardBytes
      ? `the hard limit of ${hardBytes} bytes (the ${side}'s maxHeaderListBytes)`
      : `the soft limit of ${softBytes} bytes (the ${side}'s softHeaderListBytes; between it and ${hardBytes} bytes calls fail at random)`;
  return new RpcError(
    Code.RESOURCE_EXHAUSTED,
    `${what} of ${listBytes} bytes, 32 for each field included, exceed ${limit}`,
  );
}
