// `npm run test:runtimes`: the tests on every runtime that we support. Exits with 1 if anything is not as it must be.
import { mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compileTests, root } from "./run/compile.js";
import { install } from "./run/install.js";
import { type Inability, isRight, judge, judgeRuntime, type Verdict } from "./run/judge.js";
import type { RunResults } from "./run/results.js";
import type { RunOptions } from "./run/run-options.js";
import { runOwn } from "./run/run-own.js";
import { runVitest } from "./run/run-vitest.js";
import { peerRuntime, type Runtime, runtimes } from "./run/runtimes.js";
import { JOURNAL } from "./test-api/journal.js";

interface Outcome {
  readonly runtime: Runtime;
  readonly verdict: Verdict;
  readonly tookMs: number;
}

function chooseRuntimes(): readonly Runtime[] {
  const { values } = parseArgs({ options: { runtime: { type: "string", multiple: true } } });
  const names = values.runtime ?? runtimes.map(({ name }) => name);
  return names.map((name) => {
    const runtime = runtimes.find((candidate) => candidate.name === name);
    if (runtime) return runtime;
    const known = runtimes.map((candidate) => candidate.name).join(", ");
    throw new Error(`there is no runtime "${name}": ${known}`);
  });
}

async function runTests(
  runtime: Runtime,
  options: RunOptions,
  inabilities: readonly Inability[],
): Promise<RunResults> {
  const { folder, env } = options;
  if (runtime.versionKey !== "node") {
    const peers = { TRUNKLINE_PEER_NODE: await install(peerRuntime) };
    const own = { ...options, env: { ...env, ...peers } };
    return runOwn(own, runtime.versionKey, (file) => isRight(file, inabilities));
  }
  const journal = { [JOURNAL]: join(folder, "workers.ndjson") };
  return runVitest({ ...options, env: { ...env, ...journal } });
}

/** `process.versions` as the processes of the tests have it. */
function showVersions({ seen }: RunResults): void {
  const [first] = seen;
  if (first) console.log(`process.versions of ${first.execPath}:`, first.versions);
}

async function testOn(runtime: Runtime, inabilities: readonly Inability[]): Promise<Outcome> {
  const startMs = performance.now();
  console.log(`=== ${runtime.name} ${runtime.version}`);
  const program = await realpath(await install(runtime));
  const folder = await mkdtemp(join(tmpdir(), "trunkline-runtimes-"));
  try {
    const env = { DATABASE_URL_TEST: "" };
    const own = inabilities.filter((inability) => inability.runtime === runtime.name);
    const results = await runTests(runtime, { program, folder, env }, own);
    showVersions(results);
    const { versionKey: key, version } = runtime;
    const verdict = judge(results, own);
    const faults = [...judgeRuntime(results, { program, key, version }), ...verdict.faults];
    for (const fault of faults) console.log(`  ${fault}`);
    return { runtime, verdict: { ...verdict, faults }, tookMs: performance.now() - startMs };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function showTable(outcomes: readonly Outcome[]): void {
  const rows = [
    ["runtime", "version", "passed", "failed", "listed", "skipped", "seconds"],
    ...outcomes.map(({ runtime, verdict, tookMs }) => {
      const { passed, faults, listed, skipped } = verdict;
      const counts = [passed, faults.length, listed, skipped, Math.round(tookMs / 1000)];
      return [runtime.name, runtime.version, ...counts.map(String)];
    }),
  ];
  for (const row of rows)
    console.log(
      row
        .map((cell) => cell.padEnd(10))
        .join("")
        .trimEnd(),
    );
}

async function main(): Promise<void> {
  const chosen = chooseRuntimes();
  const list = await readFile(join(root, "harness/runtimes/inabilities.json"), "utf8");
  const inabilities = JSON.parse(list) as Inability[];
  if (chosen.some(({ versionKey }) => versionKey !== "node")) await compileTests();
  const outcomes: Outcome[] = [];
  for (const runtime of chosen) outcomes.push(await testOn(runtime, inabilities));
  showTable(outcomes);
  const failed = outcomes.filter(({ verdict }) => verdict.faults.length > 0);
  console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}

await main();
