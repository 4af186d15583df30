// Holds what was measured against what must be: the rules of this harness, without IO.
import type { Attack, Ending } from "../attack.js";
import type { Seen } from "../wire/raw-peer.js";
import { median } from "./latency.js";
import type { Run } from "./run-attack.js";

/** What an attack may cost. */
export const bounds = {
  rssGrowthBytes: 64 * 1024 * 1024,
  p99Factor: 3,
  p99Ms: 25,
} as const;

/** One attack, judged. */
export interface Verdict {
  readonly attack: Attack;
  /** What is wrong, in words; empty when all is well. */
  readonly faults: readonly string[];
  readonly rssGrowthMiB: number;
  readonly quietP99Ms: number;
  readonly p99Ms: number;
  /** The longest turn of the event loop of the server under attack: what it costs others on any machine. */
  readonly longestTurnMs: number;
  readonly connections: number;
  /** How the connections ended, in words, each with its number. */
  readonly endings: Readonly<Record<string, number>>;
}

/** How one connection ended, in words. */
export function describeEnding(seen: Seen): string {
  if (seen.goaway !== undefined) return `GOAWAY ${seen.goaway.code} "${seen.goaway.debug}"`;
  if (seen.closed) return "closed";
  if (seen.blocked) return "not read any more";
  const resets = Object.keys(seen.resets);
  if (resets.length > 0) return `open, with RST_STREAM ${resets.join(" and ")}`;
  const statuses = Object.keys(seen.statuses);
  if (statuses.length > 0) return `open, with grpc-status ${statuses.join(" and ")}`;
  return "open";
}

/** Whether a connection ended as it must. */
export function hasEndedAs(seen: Seen, ending: Ending): boolean {
  const { goaway } = seen;
  switch (ending.kind) {
    case "goaway":
      return hasClosed(seen) && goaway?.code === ending.code && ending.debug.test(goaway.debug);
    case "closed":
      return seen.closed && goaway === undefined;
    case "reset":
      return goaway === undefined && (seen.resets[ending.code] ?? 0) > 0;
    case "answered":
      return goaway === undefined && onlyKeys(seen.statuses, ending.status.split(" or "));
    case "throttled":
      return !seen.closed && goaway === undefined;
    case "tolerated":
      return goaway === undefined && !seen.closed;
  }
}

/** After GOAWAY the other end has a moment to close; the run may end before that. */
const lingerMs = 1500;

function hasClosed({ closed, goaway, lifeMs }: Seen): boolean {
  return closed || (goaway !== undefined && lifeMs - goaway.atMs < lingerMs);
}

function onlyKeys(counts: Readonly<Record<string, number>>, allowed: readonly string[]): boolean {
  const keys = Object.keys(counts);
  return keys.length > 0 && keys.every((key) => allowed.includes(key));
}

/** So long may it take until a connection is stopped. */
const tooLateMs = 600;

/** Connections that were begun too late to be judged: the time of the run was up before they were stopped. */
function isUnfinished(seen: Seen, all: readonly Seen[]): boolean {
  const isCut = !seen.closed && seen.goaway === undefined;
  return isCut && (all.some((other) => other.closed) || seen.lifeMs < tooLateMs);
}

/** The part of the connections whose GOAWAY may be lost. */
const mostOvertaken = 0.25;

function endingFaults(attack: Attack, seen: readonly Seen[]): string[] {
  const allowed = [attack.ending].flat();
  const wanted = allowed.map((ending) => ending.kind);
  const finished = seen.filter(
    (one) => allowed.some((ending) => hasEndedAs(one, ending)) || !isUnfinished(one, seen),
  );
  const wrong = finished.filter((one) => !allowed.some((ending) => hasEndedAs(one, ending)));
  if (finished.length === 0) return ["no connection of the attacker was finished"];
  // A GOAWAY may be lost when the peer goes on sending after it (RFC 9113 s5.4.1): the reset overtakes it.
  const isOvertaken = wrong.every((one) => one.closed && one.goaway === undefined);
  if (wrong.length === 0 || (isOvertaken && wrong.length <= finished.length * mostOvertaken)) {
    return [];
  }
  const [first] = wrong as [Seen];
  return [
    `${wrong.length} of ${finished.length} connections were not stopped by ${wanted.join(" or ")}: ${describeEnding(first)}`,
  ];
}

function callFaults(run: Run): string[] {
  const { failed, failures, calls } = run.attacked;
  if (failed > 0) return [`${failed} of ${calls} good calls failed: ${failures.join("; ")}`];
  return calls === 0 ? ["no good call was made"] : [];
}

function processFaults(run: Run): string[] {
  const faults: string[] = [];
  if ((run.after.faults ?? 0) > 0) faults.push("an exception went uncaught");
  if ((run.ends.hung ?? 0) > 0) faults.push(`${run.ends.hung} calls outlived their deadlines`);
  if (run.complaints !== "") faults.push(`it complained: ${run.complaints.slice(0, 300)}`);
  return faults;
}

function counterFaults({ counter, against }: Attack, run: Run): string[] {
  if (counter === undefined || against === "client") return [];
  const grown = (run.after[counter] ?? 0) - (run.before[counter] ?? 0);
  if (grown > 0) return [];
  const others = Object.keys(run.after).filter((key) => run.after[key] !== run.before[key]);
  return [`the counter ${counter} has not grown (those that have: ${others.join(", ")})`];
}

function latencyFault(quietP99Ms: number, p99Ms: number, allowedMs: number): string[] {
  const limit = Math.max(bounds.p99Factor * quietP99Ms, allowedMs);
  if (p99Ms <= limit) return [];
  return [`the good client's p99 is ${p99Ms.toFixed(1)} ms, the limit ${limit.toFixed(1)} ms`];
}

function memoryFault({ growthMiB }: Attack, rssGrowth: number): string[] {
  const limit = growthMiB ?? toMiB(bounds.rssGrowthBytes);
  if (rssGrowth < limit * 1024 * 1024) return [];
  return [`memory has grown by ${toMiB(rssGrowth)} MiB, the limit is ${limit}`];
}

const toMiB = (bytes: number): number => Math.round(bytes / 1024 / 1024);

/**
 * Judges all runs of one attack: figures by their median, everything else in each run.
 * @param allowedP99Ms what the good client's p99 may be however quiet it was before; default 25.
 */
export function judge(
  attack: Attack,
  runs: readonly Run[],
  allowedP99Ms: number = bounds.p99Ms,
): Verdict {
  const quietP99Ms = median(runs.map((run) => run.quiet.p99Ms));
  const p99Ms = median(runs.map((run) => run.attacked.p99Ms));
  const rssGrowth = Math.max(...runs.map((run) => run.rssGrowth));
  const seen = runs.flatMap((run) => run.seen);
  const endings: Record<string, number> = {};
  for (const one of seen) {
    const text = describeEnding(one);
    endings[text] = (endings[text] ?? 0) + 1;
  }
  const faults = [
    ...runs.flatMap((run) => [
      ...callFaults(run),
      ...processFaults(run),
      ...endingFaults(attack, run.seen),
      ...counterFaults(attack, run),
    ]),
    ...memoryFault(attack, rssGrowth),
    ...latencyFault(quietP99Ms, p99Ms, allowedP99Ms),
  ];
  const rssGrowthMiB = toMiB(rssGrowth);
  const longestTurnMs = median(runs.map((run) => run.after.longestTurnMs ?? 0));
  const connections = seen.length;
  return { attack, faults, rssGrowthMiB, quietP99Ms, p99Ms, longestTurnMs, connections, endings };
}
