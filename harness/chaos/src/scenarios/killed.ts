// Servers that are killed, replaced, or all away for a while.
import { returnMs } from "../run/evidence.js";
import { failuresAreExplained, noneFails, type Rule, serversReturn } from "../run/rules.js";
import type { Stage } from "../run/stage.js";
import {
  failing,
  pickFirst,
  roundRobin,
  type Scenario,
  withoutPolicy,
  withPolicy,
} from "../scenario.js";

const between = (least: number, most: number): number => least + Math.random() * (most - least);

/** One after the other: the others are healthy. */
function killAtRandom(stage: Stage): Promise<void> {
  return stage.untilOver(async () => {
    await stage.sleep(between(50, 300));
    await stage.anyServer().kill(between(50, 600), (ms) => stage.sleep(ms));
  });
}

/** Long enough for the last one that came back to be seen. */
const returnsMs = 1700;

function killing(name: string, retries: boolean, policy: typeof roundRobin): Scenario {
  return {
    name: `${name}${retries ? "" : "-without-policy"}`,
    about: `SIGKILL to one server of three at random, started again within a second; ${retries ? "retry policy" : "no policy"}`,
    rules: [
      ...(retries ? withPolicy : withoutPolicy),
      ...(policy === roundRobin ? [serversReturn] : []),
    ],
    async play(stage) {
      await stage.serveMany(3);
      await stage.open(policy(retries));
      return stage.underLoad(() => killAtRandom(stage), {}, returnsMs);
    },
  };
}

function rolling(name: string, about: string, retries: boolean, kills: boolean): Scenario {
  return {
    name,
    about,
    // Nothing is lost when servers say that they go, policy or not.
    rules: retries || !kills ? [noneFails, ...failing, serversReturn] : withoutPolicy,
    async play(stage) {
      await stage.serveMany(3);
      await stage.open(roundRobin(retries));
      const harm = (): Promise<void> =>
        stage.untilOver(async () => {
          for (const server of stage.servers) {
            if (kills) await server.kill(50, (ms) => stage.sleep(ms));
            else await server.replace(2000);
            // A deployment waits until the new server is taken up: at least one is healthy and connected at all times.
            await stage.sleep(1300);
          }
        });
      return stage.underLoad(harm, {}, returnsMs);
    },
  };
}

/** Full rate within one step of the backoff, once the servers are back. */
const fullRateReturns: Rule = (evidence) => {
  const lastHealed = Math.max(...evidence.harms.map(({ healedMs = 0 }) => healedMs));
  const lateFailures = evidence.records.filter(
    ({ code, startMs }) => code !== 0 && startMs > lastHealed + 2300,
  );
  const back = evidence.harms.filter((harm) => returnMs(harm, evidence.records) !== undefined);
  return [
    ...(lateFailures.length === 0
      ? []
      : [`${lateFailures.length} calls failed long after the return`]),
    ...(back.length === evidence.harms.length ? [] : ["not all servers have calls again"]),
  ];
};

const outage = (retries: boolean, waitForReady: boolean): Scenario => ({
  name: waitForReady ? "outage-wait-for-ready" : "outage",
  about: `all servers are killed, and back after 700 ms; ${waitForReady ? "calls wait for them" : "calls that find nobody fail, and say why"}`,
  rules: waitForReady
    ? [failuresAreExplained, ...failing, serversReturn, fullRateReturns]
    : [...withoutPolicy, serversReturn, fullRateReturns],
  async play(stage) {
    await stage.serveMany(3);
    await stage.open(roundRobin(retries));
    const harm = async (): Promise<void> => {
      const sleep = (ms: number): Promise<void> => stage.sleep(ms);
      await Promise.all(stage.servers.map((server) => server.kill(700, sleep)));
    };
    return stage.underLoad(harm, { waitForReady }, 3000);
  },
});

/** See the file's first line. */
export const killed: readonly Scenario[] = [
  killing("killed", true, roundRobin),
  killing("killed", false, roundRobin),
  killing("killed-pick-first", true, pickFirst),
  rolling(
    "rolling-restart",
    "all servers are replaced in turn, gracefully; no policy",
    false,
    false,
  ),
  rolling("rolling-kill", "all servers are killed in turn; retry policy", true, true),
  outage(false, false),
  outage(false, true),
];
