// How calls are spread: evenly, away from slow and failing servers and back, after the resolver.

import { nowMs } from "../programs/pulse.js";
import type { Behaviour } from "../programs/server.js";
import type { Evidence } from "../run/evidence.js";
import { noneFails, type Rule, spreadWithin } from "../run/rules.js";
import { failing, roundRobin, type Scenario } from "../scenario.js";

const ejectionMs = 1000;
const intervalMs = 500;

const outlierConfig = {
  loadBalancingConfig: [
    {
      outlier_detection_experimental: {
        interval: `${intervalMs / 1000}s`,
        baseEjectionTime: `${ejectionMs / 1000}s`,
        maxEjectionTime: `${ejectionMs / 1000}s`,
        maxEjectionPercent: 50,
        failurePercentageEjection: { threshold: 50, minimumHosts: 3, requestVolume: 10 },
        childPolicy: [{ round_robin: {} }],
      },
    },
  ],
};

const sickMs = 3000;
/** Two judgements, the second one a bit later than the ejection lasts, and the calls that are still on their way. */
const returnsMs = ejectionMs + 2 * intervalMs + 500;

/** Of what starts while the server is sick, little goes there; afterwards it has its share again. */
const ejectedAndBack: Rule = ({ records, harms }: Evidence) => {
  const [harm] = harms;
  if (harm?.healedMs === undefined) return ["the server was never sick"];
  const { atMs, healedMs } = harm;
  const late = records.filter(
    ({ startMs }) => startMs > atMs + 2 * intervalMs && startMs < healedMs,
  );
  const failed = late.filter(({ code }) => code !== 0).length;
  const last = records.filter(({ startMs }) => startMs > healedMs + returnsMs);
  const back = last.filter(({ server }) => server === harm.address).length;
  // A third would fail without ejection; it comes back for an interval at a time to be judged anew.
  return [
    ...(failed > 0.22 * late.length
      ? [`${failed} of ${late.length} calls failed after the ejection was due`]
      : []),
    ...(back < 0.25 * last.length
      ? [`${back} of ${last.length} calls went to the server once it was well`]
      : []),
  ];
};

function sick(name: string, about: string, behaviour: Behaviour, timeoutMs: number): Scenario {
  return {
    name,
    about,
    rules: [...failing, ejectedAndBack],
    async play(stage) {
      const [server] = await stage.serveMany(3);
      await stage.open({ serviceConfig: outlierConfig });
      const harm = async (): Promise<void> => {
        const atMs = nowMs();
        await server!.behave(behaviour);
        await stage.sleep(Math.max(sickMs, stage.ms / 2));
        await server!.behave({});
        server!.suffered(name, atMs, nowMs());
      };
      return stage.underLoad(harm, { timeoutMs }, returnsMs + 1500);
    },
  };
}

const spread: Scenario = {
  name: "spread",
  about: "10,000 calls to four servers with round_robin: each has its quarter, within 2 %",
  rules: [noneFails, ...failing, spreadWithin(2, 4)],
  async play(stage) {
    await stage.serveMany(4);
    await stage.open(roundRobin(false));
    await stage.ready(4);
    const evidence = await stage.underLoad(() => stage.sleep(3500), { perSecond: 2500 }, 0);
    const inOrder = [...evidence.records].sort((a, b) => a.startMs - b.startMs);
    return { ...evidence, records: inOrder.slice(0, 10_000) };
  },
};

const resolverChanges: Scenario = {
  name: "resolver-changes",
  about: "the resolver finds other servers of four every 50 ms; no policy",
  rules: [noneFails, ...failing],
  async play(stage) {
    await stage.serveMany(4);
    await stage.open(roundRobin(false));
    const change = async (): Promise<void> => {
      const some = stage.addresses.filter(() => Math.random() < 0.5);
      await stage.resolve(some.length > 0 ? some : stage.addresses.slice(0, 1));
      await stage.sleep(50);
    };
    return stage.underLoad(() => stage.untilOver(change));
  },
};

const deadlines: Scenario = {
  name: "deadlines",
  about: "two servers of three never answer: calls end at their deadlines, 20 to 500 ms",
  rules: failing,
  async play(stage) {
    const servers = await stage.serveMany(3);
    await stage.open(roundRobin(false));
    for (const server of servers.slice(1)) await server.behave({ hangs: true });
    const harm = async (): Promise<void> => {
      await stage.sleep(stage.ms);
      for (const server of servers) await server.behave({});
    };
    return stage.underLoad(harm, { timeoutMs: 20, maxTimeoutMs: 500 });
  },
};

/** See the file's first line. */
export const balance: readonly Scenario[] = [
  spread,
  deadlines,
  resolverChanges,
  sick(
    "failing-backend",
    "one server of three fails each call for a while: outlier_detection",
    { code: 14 },
    5000,
  ),
  sick(
    "slow-backend",
    "one server of three takes 1 s for calls that have 100 ms: outlier_detection",
    { delayMs: 1000 },
    100,
  ),
];
