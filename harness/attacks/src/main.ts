// `npm run attacks -- [--attack NAME]... [--runs N] [--seconds N] [--p99 MS] [--json] [--list]`
import { parseArgs } from "node:util";
import type { Attack } from "./attack.js";
import { findAttacks } from "./catalogue.js";
import { bounds, judge, type Verdict } from "./run/judge.js";
import { formatJson, formatTable, formatText } from "./run/report.js";
import { type Run, type RunTime, runAttack } from "./run/run-attack.js";

interface Options {
  readonly attacks: readonly Attack[];
  readonly runs: number;
  readonly time: RunTime;
  /** What the good client's p99 may be at most, unless it was slow before the attack. */
  readonly p99Ms: number;
  readonly json: boolean;
  readonly list: boolean;
}

function parsePositive(option: string, text: string, most: number): number {
  const value = Number(text);
  if (value > 0 && value <= most) return value;
  throw new Error(`${option} must be a number above 0 and at most ${most}, not ${text}`);
}

function parseOptions(): Options {
  const { values } = parseArgs({
    options: {
      attack: { type: "string", multiple: true },
      runs: { type: "string", default: "3" },
      seconds: { type: "string", default: "3" },
      p99: { type: "string", default: String(bounds.p99Ms) },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const attackMs = parsePositive("--seconds", values.seconds, 60) * 1000;
  return {
    attacks: findAttacks(values.attack ?? []),
    runs: Math.ceil(parsePositive("--runs", values.runs, 25)),
    time: { warmMs: 500, quietMs: Math.min(attackMs, 1000), attackMs },
    p99Ms: parsePositive("--p99", values.p99, 10_000),
    json: values.json,
    list: values.list,
  };
}

/** A single run says little about latency: one that fails is repeated until there is a median. */
const enoughRuns = 3;

async function tryAttack(attack: Attack, { runs, time, p99Ms }: Options): Promise<Verdict> {
  const done: Run[] = [];
  for (let i = 0; i < runs; i++) done.push(await runAttack(attack, time));
  while (done.length < enoughRuns && judge(attack, done, p99Ms).faults.length > 0) {
    done.push(await runAttack(attack, time));
  }
  return judge(attack, done, p99Ms);
}

/** Runs an attack and says how it went, also when it could not be run. */
async function report(attack: Attack, options: Options): Promise<boolean> {
  try {
    const verdict = await tryAttack(attack, options);
    console.log(options.json ? formatJson(verdict) : formatText(verdict));
    return verdict.faults.length === 0;
  } catch (error) {
    const fault = (error as Error).message;
    const asJson = JSON.stringify({ attack: attack.name, ok: false, faults: [fault] });
    console.log(options.json ? asJson : `FAIL ${attack.name}: ${fault}`);
    return false;
  }
}

async function main(): Promise<void> {
  const options = parseOptions();
  if (options.list) {
    console.log(formatTable(options.attacks));
    return;
  }
  let failed = 0;
  for (const attack of options.attacks) {
    const isPassed = await report(attack, options);
    if (!isPassed) failed++;
  }
  const passed = options.attacks.length - failed;
  if (!options.json) console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`attacks: ${(error as Error).message}`);
  process.exitCode = 1;
}
