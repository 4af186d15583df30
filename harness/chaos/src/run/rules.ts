// What must hold, as functions from evidence to faults in words; an empty list is what everybody wants.
import {
  backoffStepMs,
  type CallRecord,
  type Evidence,
  type Harm,
  joinHarms,
  quantile,
  returnMs,
} from "./evidence.js";

/** One thing that must hold. */
export type Rule = (evidence: Evidence) => readonly string[];

/** An error must name the address it happened at, and what happened there. */
const address = /127\.0\.0\.\d+:\d+/;
const cause =
  /ECONN[A-Z]+|EPIPE|E[A-Z]*UNREACH|GOAWAY|REFUSED_STREAM|RST_STREAM|reset|closed|ended|SETTINGS|keepalive|PING|connecting|waiting for|ejected|answered/i;

/** A call that ends so much after its deadline is late. */
const lateMs = 50;
/** A kill is known to the harness a little before or after it happens, and the client hears of it later. */
const slackMs = 100;

const show = ({ code, text }: CallRecord): string => `code ${code}: ${text}`;

function some(what: string, records: readonly CallRecord[]): string[] {
  const [first] = records;
  return first === undefined ? [] : [`${records.length} ${what}, for example ${show(first)}`];
}

/** No call fails. */
export const noneFails: Rule = ({ records }) =>
  some(
    "calls failed",
    records.filter(({ code }) => code !== 0),
  );

/** Each error has an address and a cause; what a server says itself is passed on as it is. */
export const errorsSayWhy: Rule = ({ records }) =>
  some(
    "errors do not say why",
    records.filter(
      ({ code, text, isAnswered }) =>
        code !== 0 && !isAnswered && !(address.test(text) && cause.test(text)),
    ),
  );

/** Only calls fail that were under way when something happened, or that were made while nothing was connected. */
export const failuresAreExplained: Rule = (evidence) => {
  const { records, harms } = evidence;
  const joined = joinHarms(harms);
  const answering = records.flatMap(({ server }) => (server === "" ? [] : [server]));
  const addresses = new Set([...answering, ...harms.map(({ address: harmed }) => harmed)]);
  const unexplained = records.filter(
    (call) =>
      call.code !== 0 &&
      !harms.some(({ atMs }) => call.startMs <= atMs + slackMs && call.endMs >= atMs - slackMs) &&
      ![...addresses].every((name) => joined.some((harm) => isAway(name, harm, call.startMs))),
  );
  return some(
    "calls failed that were neither under way at a harm nor without a server",
    unexplained,
  );
};

/** Whether a client may have had no connection to a server yet. */
function isAway(name: string, harm: Harm, nowMs: number): boolean {
  const backMs = (harm.healedMs ?? Infinity) + backoffStepMs(harm) + 3 * slackMs;
  return harm.address === name && harm.atMs - slackMs <= nowMs && nowMs <= backMs;
}

/** Calls end at their deadlines at the latest, as far as the event loop comes round. */
export const deadlinesHold: Rule = ({ records, stuck }) => {
  const over = records.map(({ endMs, deadlineMs, noiseMs }) => endMs - deadlineMs - noiseMs);
  // Of those alone that their deadlines ended: the others would hide them.
  const late = quantile(
    over.filter((ms) => ms > 0),
    0.99,
  );
  return [
    ...(late > lateMs ? [`calls end up to ${late.toFixed(0)} ms after their deadline (p99)`] : []),
    ...(stuck > 0 ? [`${stuck} calls have not ended`] : []),
  ];
};

/** Once all is healed, a call goes through. */
export const notStuck: Rule = ({ probeMs, probeFailure }) =>
  probeMs === undefined ? [`the channel is stuck: ${probeFailure}`] : [];

/** Every server that came back has calls again within one step of the backoff that it was in. */
export const serversReturn: Rule = ({ harms, records }) =>
  joinHarms(harms).flatMap((harm) => {
    const took = returnMs(harm, records);
    const lastMs = records.at(-1)?.startMs ?? 0;
    if (took === undefined && !couldReturn(harm, lastMs)) return [];
    const mayMs = backoffStepMs(harm) + 3 * slackMs;
    if (took !== undefined && took <= mayMs) return [];
    const text = took === undefined ? "never" : `after ${took.toFixed(0)} ms`;
    return [
      `${harm.address} (${harm.what}) had calls again ${text}, allowed: ${mayMs.toFixed(0)} ms`,
    ];
  });

/** False when the load ended too early to see it. */
const couldReturn = (harm: Harm, lastMs: number): boolean =>
  harm.healedMs !== undefined && harm.healedMs + backoffStepMs(harm) + 3 * slackMs < lastMs;

/** Calls are spread evenly: each server has its share, give or take `percent`. */
export function spreadWithin(percent: number, servers: number): Rule {
  return ({ records }) => {
    const counts = new Map<string, number>();
    for (const { server } of records) counts.set(server, (counts.get(server) ?? 0) + 1);
    const share = records.length / servers;
    const uneven = [...counts].filter(([, count]) => Math.abs(count / share - 1) * 100 > percent);
    return counts.size === servers && uneven.length === 0
      ? []
      : [`calls are not spread within ${percent} %: ${JSON.stringify(Object.fromEntries(counts))}`];
  };
}
