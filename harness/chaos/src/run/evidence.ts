// What a scenario has found out, and figures of it.

/** One call of the client. Times are milliseconds since 1970, with fractions, comparable between processes. */
export interface CallRecord {
  readonly startMs: number;
  readonly endMs: number;
  /** When it had to have ended. */
  readonly deadlineMs: number;
  /** For how much of the time since its deadline the event loop was held up: the machine is busy with others. */
  readonly noiseMs: number;
  /** 0: it went well. */
  readonly code: number;
  /** Who answered; empty when nobody said so. */
  readonly server: string;
  /** The server has ended the call with a status of its own. */
  readonly isAnswered: boolean;
  /** The error, in the client's words. */
  readonly text: string;
}

/** Something that was done to a server. */
export interface Harm {
  readonly atMs: number;
  /** When it was undone, and the server ready again; undefined: never. */
  readonly healedMs: number | undefined;
  readonly address: string;
  readonly what: string;
}

/** What is judged. */
export interface Evidence {
  readonly records: readonly CallRecord[];
  readonly harms: readonly Harm[];
  /** Calls that had not ended long after their deadlines. */
  readonly stuck: number;
  /** How long a call with waitForReady took after everything was healed; undefined: it failed. */
  readonly probeMs: number | undefined;
  /** Why it failed. */
  readonly probeFailure?: string | undefined;
}

/** Figures for the table. */
export interface Figures {
  readonly calls: number;
  readonly failed: number;
  /** How often each cause has failed a call, the most frequent first. */
  readonly causes: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Longest time from a server's return to its first call, milliseconds; undefined: nothing returned. */
  readonly recoveryMs: number | undefined;
}

/** The value below which the share `q` of all lies; 0 of none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? 0;
}

/** Sums up. */
export function toFigures({ records, harms }: Evidence): Figures {
  const failures = records.filter(({ code }) => code !== 0);
  const took = records.filter(({ code }) => code === 0).map((call) => call.endMs - call.startMs);
  const returns = joinHarms(harms).flatMap((harm) => returnMs(harm, records) ?? []);
  return {
    calls: records.length,
    failed: failures.length,
    causes: countCauses(failures),
    p50Ms: quantile(took, 0.5),
    p99Ms: quantile(took, 0.99),
    recoveryMs: returns.length === 0 ? undefined : Math.max(...returns),
  };
}

/** The longest wait that can be running when a server comes back: 1 s x 1.6, jitter 0.2 (gRPC connection backoff). */
export function backoffStepMs({ atMs, healedMs }: Harm): number {
  const downMs = (healedMs ?? atMs) - atMs;
  let [step, earliestEnd] = [1000, 800];
  while (earliestEnd < downMs) {
    step *= 1.6;
    earliestEnd += 0.8 * step;
  }
  return 1.2 * step;
}

/** A server that is harmed again before its clients can have noticed its return was away the whole time. */
export function joinHarms(harms: readonly Harm[]): readonly Harm[] {
  const joined: Harm[] = [];
  for (const harm of [...harms].sort((a, b) => a.atMs - b.atMs)) {
    const at = joined.findLastIndex(({ address }) => address === harm.address);
    const before = joined[at];
    const endMs =
      before?.healedMs === undefined ? Infinity : before.healedMs + backoffStepMs(before);
    if (before === undefined || endMs < harm.atMs) joined.push(harm);
    else joined[at] = { ...before, healedMs: harm.healedMs };
  }
  return joined;
}

/** How long a server was back before a call went to it; undefined when it is not back, or calls do not say who answered. */
export function returnMs(harm: Harm, records: readonly CallRecord[]): number | undefined {
  const { healedMs, address } = harm;
  if (healedMs === undefined) return undefined;
  const first = records
    .filter(({ server, endMs }) => server === address && endMs > healedMs)
    .reduce((least, { endMs }) => Math.min(least, endMs), Infinity);
  return first === Infinity ? undefined : first - healedMs;
}

/** Texts without what differs from call to call. */
function causeOf({ code, text }: CallRecord): string {
  const [, errno] = /\b(E[A-Z]{4,})\b/.exec(text) ?? [];
  const words: readonly (readonly [RegExp, string])[] = [
    [/ejected/, "ejected"],
    [/keepalive/i, "keepalive"],
    [/GOAWAY/, "GOAWAY"],
    [/REFUSED_STREAM/, "REFUSED_STREAM"],
    [/deadline/, "deadline"],
    [/no connection/, `no connection${errno === undefined ? "" : ` (${errno})`}`],
    [/closed|ended/, "connection closed"],
  ];
  const known = words.find(([pattern]) => pattern.test(text))?.[1];
  return `${code} ${known ?? errno ?? text.slice(0, 60)}`;
}

function countCauses(failures: readonly CallRecord[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const failure of failures) {
    const cause = causeOf(failure);
    counts.set(cause, (counts.get(cause) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
}
