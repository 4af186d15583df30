// A scenario: what is fed to a connection, step by step, and what its application does meanwhile. A seed makes one.
import {
  type ConnectionLimits,
  connectionMagic,
  formatSettings,
  type Role,
} from "@trunkline/http2";
import { concat, FrameSource, mutate } from "./frames.js";
import { Random } from "./random.js";

/** One step. */
export type Step =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Time passes. */
  | { readonly kind: "time"; readonly ms: number }
  /** The application does something; the number chooses what. */
  | { readonly kind: "act"; readonly choice: number }
  /** The transport takes what waits. */
  | { readonly kind: "take" };

/** All that decides what happens on a connection. */
export interface Scenario {
  /** The end that is under test. */
  readonly role: Role;
  readonly limits: Partial<ConnectionLimits>;
  readonly steps: readonly Step[];
}

const limitChoices: readonly Partial<ConnectionLimits>[] = [
  {},
  {},
  { maxConcurrentStreams: 2, maxStreamsPerTurn: 1 },
  { streamWindowBytes: 1000, connectionWindowBytes: 65_535, maxUnreadBytes: 65_535 },
  { keepaliveTimeMs: 50, keepaliveTimeoutMs: 20, minKeepaliveTimeMs: 0 },
  { maxConnectionIdleMs: 30, maxConnectionAgeMs: 200, maxConnectionAgeGraceMs: 40 },
  { writeStallTimeoutMs: 30, maxStalledBytes: 1000, stallTimeoutMs: 60 },
  {
    errorResetBurst: 3,
    glitchBurst: 5,
    emptyDataBurst: 2,
    settingsBurst: 4,
    maxSmallDataBytes: 900,
  },
];

/** The scenario of a seed. */
export function createScenario(seed: number): Scenario {
  const random = new Random(seed);
  const role = random.pick<Role>(["server", "client"]);
  const limits = random.pick(limitChoices);
  const source = new FrameSource(random, role);
  const steps: Step[] = [{ kind: "bytes", bytes: greeting(random, role) }];
  const count = 5 + random.below(120);
  for (let i = 0; i < count; i++) steps.push(nextStep(random, source));
  return { role, limits, steps };
}

function greeting(random: Random, role: Role): Uint8Array {
  const settings = concat([formatSettings([]), formatSettings([], true)]);
  const bytes = role === "server" ? concat([connectionMagic, settings]) : settings;
  return random.once(20) ? mutate(random, bytes) : bytes;
}

function nextStep(random: Random, source: FrameSource): Step {
  const choice = random.below(12);
  if (choice === 0) return { kind: "time", ms: random.pick([0, 1, 20, 100, 30_000]) };
  if (choice <= 3) return { kind: "act", choice: random.next() };
  if (choice === 4) return { kind: "take" };
  return { kind: "bytes", bytes: nextBytes(random, source) };
}

function nextBytes(random: Random, source: FrameSource): Uint8Array {
  if (random.once(60)) return random.bytes(random.below(100));
  const frames = Array.from({ length: 1 + random.below(4) }, () => source.next());
  let bytes = concat(frames);
  if (random.once(25)) bytes = mutate(random, bytes);
  // Some frames come many times: floods are where bounds are.
  if (random.once(15)) bytes = concat(new Array<Uint8Array>(random.below(60)).fill(bytes));
  return bytes;
}
