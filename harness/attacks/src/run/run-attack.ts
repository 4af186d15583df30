// One run of one attack: quiet first, then under attack, and what was measured meanwhile.
import { Program } from "@trunkline/testkit";
import type { Attack } from "../attack.js";
import type { Ports } from "../programs/server.js";
import type { Seen } from "../wire/raw-peer.js";
import { goodToken } from "../wire/tokens.js";
import type { CallFigures } from "./latency.js";

/** What the server says about itself: its counters, and how many handlers ran. */
export type Stats = Readonly<Record<string, number>>;

/** One run, measured. */
export interface Run {
  readonly quiet: CallFigures;
  readonly attacked: CallFigures;
  /** How much resident memory the one under attack took more at its peak, bytes. */
  readonly rssGrowth: number;
  /** What the attacker saw on each of its connections. */
  readonly seen: readonly Seen[];
  readonly before: Stats;
  readonly after: Stats;
  /** Client under attack: how the calls to the malicious server ended. */
  readonly ends: Readonly<Record<string, number>>;
  /** What the one under attack wrote to stderr. */
  readonly complaints: string;
}

/** How long the parts of a run take, milliseconds. */
export interface RunTime {
  readonly warmMs: number;
  readonly quietMs: number;
  readonly attackMs: number;
}

/** The attacker may take all time that the well-behaved client leaves. */
const attackerNiceness = 10;

/** Who runs where: the one under attack has a core for itself, where there are two. */
const cores = { subject: 0, others: 1 } as const;

type Start = (name: string, core: number, niceness?: number) => Promise<Program>;

/** Runs an attack once. */
export async function runAttack(attack: Attack, time: RunTime): Promise<Run> {
  const programs: Program[] = [];
  const start: Start = async (name, core, niceness) => {
    const file = new URL(`../programs/${name}.js`, import.meta.url);
    const program = await Program.start({ file, core, niceness });
    programs.push(program);
    return program;
  };
  try {
    const run = attack.against === "server" ? attackServer : attackClient;
    return await run(attack, time, start);
  } finally {
    await Promise.all(programs.map((program) => program.end()));
  }
}

async function attackServer(attack: Attack, time: RunTime, start: Start): Promise<Run> {
  const server = await start("server", cores.subject);
  const ports = await server.ask<Ports>("listen", {
    options: attack.options ?? {},
    isProtected: attack.isProtected === true,
    isLogged: attack.isLogged === true,
  });
  const client = await start("good-client", cores.others);
  const attacker = await start("attacker", cores.others, attackerNiceness);
  for (const program of [server, client]) program.preferToOthers();
  const token = attack.isProtected ? goodToken("alice", "") : undefined;
  await client.ask("connect", { port: ports.plain, token });
  await client.ask("measure", { ms: time.warmMs });
  const quietBefore = await client.ask<CallFigures>("measure", { ms: time.quietMs });
  const before = await server.ask<Stats>("stats", {});
  const memory = server.memory().now;
  server.resetPeak();
  const [seen, attacked] = await Promise.all([
    attacker.ask<Seen[]>("run", { name: attack.name, ports, ms: time.attackMs }),
    client.ask<CallFigures>("measure", { ms: time.attackMs }),
  ]);
  const rssGrowth = server.memory().peak - memory;
  const after = await server.ask<Stats>("stats", {});
  const { complaints } = server;
  const quiet = noisier(quietBefore, await client.ask("measure", { ms: time.quietMs }));
  return { quiet, attacked, rssGrowth, seen, before, after, ends: {}, complaints };
}

async function attackClient(attack: Attack, time: RunTime, start: Start): Promise<Run> {
  const server = await start("server", cores.others);
  const { plain } = await server.ask<Ports>("listen", {
    options: {},
    isProtected: false,
    isLogged: false,
  });
  const malicious = await start("malicious-server", cores.others, attackerNiceness);
  const client = await start("good-client", cores.subject);
  for (const program of [server, client]) program.preferToOthers();
  await client.ask("connect", { port: plain });
  await client.ask("measure", { ms: time.warmMs });
  const quietBefore = await client.ask<CallFigures>("measure", { ms: time.quietMs });
  const ms = time.attackMs;
  const port = await malicious.ask<number>("listen", { name: attack.name, ms });
  const memory = client.memory().now;
  client.resetPeak();
  const { figures, ends } = await client.ask<{
    figures: CallFigures;
    ends: Record<string, number>;
  }>("measureAndSuffer", { ms, port });
  const rssGrowth = client.memory().peak - memory;
  const seen = await malicious.ask<Seen[]>("seen", {});
  const { complaints } = client;
  const quiet = noisier(quietBefore, await client.ask("measure", { ms: time.quietMs }));
  const none: Stats = {};
  return { quiet, attacked: figures, rssGrowth, seen, before: none, after: none, ends, complaints };
}

/** Quiet is measured before and after the attack: what else goes on in the machine may come and go. */
function noisier(before: CallFigures, after: CallFigures): CallFigures {
  return before.p99Ms > after.p99Ms ? before : after;
}
