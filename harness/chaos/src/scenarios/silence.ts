// Peers that are there and say nothing: half-open, stopped, behind a black hole.
import type { ClientOptions } from "../programs/client.js";
import { nowMs } from "../programs/pulse.js";
import type { ServerProcess } from "../run/fleet.js";
import { dropPackets, takePackets } from "../run/namespace.js";
import type { Rule } from "../run/rules.js";
import type { Stage } from "../run/stage.js";
import {
  keepalive,
  pickFirst,
  roundRobin,
  type Scenario,
  withoutPolicy,
  withPolicy,
} from "../scenario.js";

const silent = { program: "crooked-server", options: "silent" } as const;
const sound = { program: "server", options: {} } as const;

/** One server is out of reach for half of the time, but at least for three seconds: longer than keepalive takes. */
async function mute(
  stage: Stage,
  begin: (server: ServerProcess) => Promise<void> | void,
  end: (server: ServerProcess) => Promise<void> | void,
): Promise<void> {
  const server = stage.servers[0]!;
  const atMs = nowMs();
  await begin(server);
  await stage.sleep(Math.max(3000, stage.ms / 2));
  await end(server);
  // The harm lasts: calls that went there meanwhile are part of it.
  for (let ms = atMs; ms < nowMs(); ms += 100) server.suffered("mute", ms);
}

function halfOpen(policy: typeof roundRobin, name: string): Scenario {
  return {
    name: `half-open${name}`,
    about: `one server of three accepts connections and says nothing;${name.replace("-", " ")} no policy`,
    rules: withoutPolicy,
    async play(stage) {
      await stage.serve(silent, sound, sound);
      await stage.open(policy(false));
      return stage.underLoad(() => stage.sleep(stage.ms));
    },
  };
}

/** What a channel has against silence, and how scenarios with it are called. */
interface Defence {
  readonly name: string;
  readonly about: string;
  readonly options: ClientOptions;
  readonly rules: readonly Rule[];
}

const withKeepalive: Defence = {
  name: "",
  about: "keepalive 1 s, retry policy",
  options: roundRobin(true, keepalive),
  rules: withPolicy,
};
const withKeepaliveAlone: Defence = {
  name: "-without-policy",
  about: "keepalive 1 s, no policy",
  options: roundRobin(false, keepalive),
  rules: withoutPolicy,
};
const byDefault: Defence = {
  name: "-by-default",
  about: "a retry policy and nothing else",
  options: roundRobin(true),
  rules: withPolicy,
};
const perAttempt: Defence = {
  name: "-per-attempt",
  about: "no keepalive, retry policy with perAttemptRecvTimeout 0.5 s",
  options: roundRobin(true, {}, { perAttemptRecvTimeout: "0.5s" }),
  rules: withPolicy,
};

function stopped({ name, about, options, rules }: Defence): Scenario {
  return {
    name: `stopped${name}`,
    about: `SIGSTOP to one server of three, SIGCONT later; ${about}`,
    rules,
    async play(stage) {
      await stage.serveMany(3);
      await stage.open(options);
      return stage.underLoad(() =>
        mute(
          stage,
          (server) => server.signal("SIGSTOP"),
          (server) => server.signal("SIGCONT"),
        ),
      );
    },
  };
}

function blackHole({ name, about, options, rules }: Defence): Scenario {
  return {
    name: `black-hole${name}`,
    about: `all packets of one server of three are dropped for a while; ${about}`,
    needsNamespace: true,
    rules,
    async play(stage) {
      await stage.serveMany(3);
      await stage.open(options);
      return stage.underLoad(() =>
        mute(
          stage,
          ({ host }) => dropPackets(stage.within, host),
          ({ host }) => takePackets(stage.within, host),
        ),
      );
    },
  };
}

/** See the file's first line. */
export const silence: readonly Scenario[] = [
  halfOpen(roundRobin, ""),
  halfOpen(pickFirst, "-pick-first"),
  stopped(withKeepalive),
  stopped(withKeepaliveAlone),
  stopped(byDefault),
  stopped(perAttempt),
  blackHole(withKeepalive),
  blackHole(withKeepaliveAlone),
  blackHole(byDefault),
];
