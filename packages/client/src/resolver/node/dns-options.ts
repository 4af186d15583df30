// What an application may say about look-ups by DNS, and what is assumed when it says nothing.
import { checkArray, describeValue, UsageError } from "@trunkline/core";
import { checkServer } from "./name-source.js";

/** Options of `dns:` targets. */
export interface DnsOptions {
  /**
   * Name servers to ask instead of the system: IP addresses with or without a port (default 53). They know
   * no hosts file and no search list. A server that the target names (`dns://10.0.0.53/users:443`) goes
   * first. Default: the system's resolver.
   */
  readonly servers?: readonly string[] | undefined;
  /**
   * Least time between a look-up that succeeded and the next one that failing connections ask for,
   * milliseconds, 0 or more. A look-up that failed is repeated by `backoff`. Default 30000.
   */
  readonly minIntervalMs?: number | undefined;
  /** Answers that hold for less than this are kept that long, milliseconds, 1000 or more. Default 30000. */
  readonly minTtlMs?: number | undefined;
  /** Answers that hold for longer than this are looked up again after it, milliseconds, `minTtlMs` or more. Default 3600000. */
  readonly maxTtlMs?: number | undefined;
  /**
   * Look-ups are repeated after this time whatever the answers say, milliseconds, 1000 or more; Infinity:
   * only when connections fail. Default: when the answer's time to live has passed, 60 s where nobody says one.
   */
  readonly refreshMs?: number | undefined;
  /** Longest time of one look-up with all its questions, milliseconds, more than 0. Default 10000. */
  readonly timeoutMs?: number | undefined;
}

/** The options, every default filled in. */
export interface DnsSettings {
  readonly servers: readonly string[];
  readonly minIntervalMs: number;
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  readonly refreshMs: number | undefined;
  readonly timeoutMs: number;
}

const defaults = {
  minIntervalMs: 30_000,
  minTtlMs: 30_000,
  maxTtlMs: 3_600_000,
  timeoutMs: 10_000,
} as const;

/** @throws {UsageError} for an option out of its range. */
export function toDnsSettings(options: DnsOptions = {}): DnsSettings {
  const { servers = [], refreshMs } = options;
  checkArray("dns.servers", options.servers);
  const minTtlMs = checkMs("minTtlMs", options.minTtlMs ?? defaults.minTtlMs, 1000);
  const maxTtlMs = options.maxTtlMs ?? Math.max(minTtlMs, defaults.maxTtlMs);
  return {
    servers: servers.map((server) => checkServer(server, "option dns.servers")),
    minIntervalMs: checkMs("minIntervalMs", options.minIntervalMs ?? defaults.minIntervalMs, 0),
    minTtlMs,
    maxTtlMs: checkMs("maxTtlMs", maxTtlMs, minTtlMs),
    refreshMs: refreshMs === undefined ? undefined : checkMs("refreshMs", refreshMs, 1000),
    timeoutMs: checkMs("timeoutMs", options.timeoutMs ?? defaults.timeoutMs, 1),
  };
}

function checkMs(name: string, value: number, least: number): number {
  if (typeof value === "number" && value >= least) return value;
  throw new UsageError(
    `option dns.${name} is ${describeValue(value)}; it must be a number of milliseconds, ${least} or more`,
  );
}

/** Answers of which nobody says how long they hold: names of a search list or of a hosts file. */
const unknownTtlMs = 60_000;

/** When to look again, milliseconds from now; undefined: when connections fail. */
export function toRefreshMs(ttlMs: number | undefined, settings: DnsSettings): number | undefined {
  const { refreshMs, minTtlMs, maxTtlMs } = settings;
  const clamped = refreshMs ?? Math.min(Math.max(ttlMs ?? unknownTtlMs, minTtlMs), maxTtlMs);
  // What holds for good, such as a name that a proxy looks up, is not asked for again in any case.
  return ttlMs === Infinity || clamped === Infinity ? undefined : clamped;
}
