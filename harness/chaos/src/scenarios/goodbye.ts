// Connections that servers end, refuse or break.

import type { Manners } from "../programs/crooked-server.js";
import type { ServerKind } from "../run/fleet.js";
import { noneFails, type Rule } from "../run/rules.js";
import { failing, roundRobin, type Scenario, withPolicy } from "../scenario.js";

const crooked = (options: Manners): ServerKind => ({ program: "crooked-server", options });

function mannered(
  name: string,
  about: string,
  retries: boolean,
  kinds: readonly ServerKind[],
  rules: readonly Rule[],
): Scenario {
  return {
    name,
    about,
    rules,
    async play(stage) {
      const servers = await stage.serve(...kinds);
      await stage.open(roundRobin(retries));
      return stage.underLoad(async () => {
        await stage.sleep(stage.ms);
        const bad = servers.filter((_, index) => kinds[index]?.program === "crooked-server");
        await Promise.all(bad.map((server) => server.behave("sound" satisfies Manners)));
      });
    },
  };
}

const ours = (options: unknown): ServerKind => ({ program: "server", options });
const away = crooked("goes-away");
const slams = crooked("slams");
const refuses = crooked("refuses");
const breaksOff = crooked("breaks-off");
const aged = ours({ limits: { maxConnectionAgeMs: 150, maxConnectionAgeGraceMs: 1000 } });
const sound = ours({});

/** After response headers a call is never repeated (gRFC A6). */
const onlyBrokenAnswersFail: Rule = ({ records }) => {
  const others = records.filter(({ code, server }) => code !== 0 && server === "");
  return others.length === 0
    ? []
    : [`${others.length} calls failed before there was an answer: ${others[0]!.text}`];
};

/** See the file's first line. */
export const goodbye: readonly Scenario[] = [
  mannered(
    "goaway-storm",
    "graceful GOAWAY on each connection every 20 ms; retry policy",
    true,
    [away, away, away],
    withPolicy,
  ),
  mannered(
    "goaway-storm-without-policy",
    "graceful GOAWAY on each connection every 20 ms; no policy",
    false,
    [away, away, away],
    [noneFails, ...failing],
  ),
  mannered(
    "goaway-slam",
    "GOAWAY and the end of the connection every 20 ms on two of three servers; retry policy",
    true,
    [slams, slams, sound],
    withPolicy,
  ),
  mannered(
    "max-age",
    "connections are 150 ms old at most; no policy",
    false,
    [aged, aged, aged],
    [noneFails, ...failing],
  ),
  mannered(
    "refused-streams",
    "one server of three refuses each stream; retry policy",
    true,
    [refuses, sound, sound],
    withPolicy,
  ),
  mannered(
    "refused-streams-without-policy",
    "one server of three refuses each stream; no policy",
    false,
    [refuses, sound, sound],
    [noneFails, ...failing],
  ),
  mannered(
    "broken-answers",
    "one server of three resets the connection in the middle of answers; retry policy",
    true,
    [breaksOff, sound, sound],
    [onlyBrokenAnswersFail, ...failing],
  ),
];
