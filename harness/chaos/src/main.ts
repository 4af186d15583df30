// `npm run chaos -- [--scenario NAME]... [--seconds N] [--long] [--json] [--list]`
import { parseArgs } from "node:util";
import { findScenarios, scenarios } from "./catalogue.js";
import { play, type Verdict } from "./run/play.js";
import { formatLine, formatList, formatTable } from "./run/report.js";
import type { Stage } from "./run/stage.js";

interface Options {
  readonly names: readonly string[];
  readonly ms: number;
  readonly long: boolean;
  readonly json: boolean;
  readonly list: boolean;
}

const mostSeconds = 600;

function parseOptions(): Options {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string", multiple: true },
      seconds: { type: "string", default: "6" },
      long: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      list: { type: "boolean", default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0 && seconds <= mostSeconds)) {
    throw new Error(`--seconds must be above 0 and at most ${mostSeconds}, not ${values.seconds}`);
  }
  const { scenario = [], long, json, list } = values;
  return { names: scenario, ms: seconds * 1000, long, json, list };
}

/** A stopped server would outlive this process. */
function endOnSignal(stages: ReadonlySet<Stage>): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      void Promise.all([...stages].map((stage) => stage.strike())).then(() => process.exit(130));
    });
  }
}

async function main(): Promise<void> {
  const options = parseOptions();
  const chosen = findScenarios(options.names, options.long);
  if (options.list) {
    console.log(formatList(options.names.length === 0 ? scenarios : chosen));
    return;
  }
  const stages = new Set<Stage>();
  endOnSignal(stages);
  const verdicts: Verdict[] = [];
  for (const scenario of chosen) {
    const verdict = await play(scenario, options.ms, stages);
    verdicts.push(verdict);
    const { scenario: about, ...figures } = verdict;
    console.log(
      options.json ? JSON.stringify({ scenario: about.name, ...figures }) : formatLine(verdict),
    );
  }
  const failed = verdicts.filter(({ faults }) => faults.length > 0).length;
  const skipped = verdicts.filter((verdict) => verdict.skipped !== undefined).length;
  if (!options.json) {
    console.log(`\n${formatTable(verdicts)}\n`);
    console.log(
      `${verdicts.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`,
    );
  }
  if (failed > 0) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`chaos: ${(error as Error).message}`);
  process.exitCode = 1;
}
