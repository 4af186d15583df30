// Runs the compiled end-to-end and interop tests with the runtime's own runner, a process for each file.
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { run } from "@trunkline/testkit";
import { type Entry, JOURNAL } from "../test-api/journal.js";
import { compiledRoot } from "./compile.js";
import type { FileResult, RunResults, TestResult } from "./results.js";
import { type RunOptions, readJournal, readSeen, tailOf } from "./run-options.js";
import { isEndToEnd } from "./selection.js";

/** The runner's command, before the path of a file. */
const commands = {
  bun: ["test", "--timeout", "300000"],
  deno: ["test", "--allow-all", "--no-check", "--no-lock"],
};

const FILE_TIMEOUT_MS = 180_000;
const PARALLEL = 2;

async function findFiles(): Promise<string[]> {
  const names = await readdir(compiledRoot, { recursive: true });
  return names.filter(isEndToEnd).sort();
}

/** Puts together which tests there are and how they ended; what has not ended has failed. */
export function readTests(entries: readonly Entry[]): TestResult[] {
  const tests: TestResult[] = [];
  const open: string[] = [];
  for (const entry of entries) {
    if (entry.kind === "declared") open.push(entry.name);
    if (entry.kind !== "ended") continue;
    const { name, ending, error } = entry;
    tests.push({ name, ending, ...(error === undefined ? {} : { error }) });
    if (open.includes(name)) open.splice(open.indexOf(name), 1);
  }
  const error = "it has not come to an end";
  return [...tests, ...open.map((name) => ({ name, ending: "failed", error }) as const)];
}

async function runFile(
  file: string,
  { program, folder, env }: RunOptions,
  command: readonly string[],
): Promise<FileResult> {
  const journal = join(folder, `${file.replaceAll("/", "-")}.ndjson`);
  await rm(journal, { force: true });
  const args = ["-n", "5", program, ...command, `./${file}`];
  const ended = await run("nice", args, {
    cwd: compiledRoot,
    env: { ...env, [JOURNAL]: journal },
    timeoutMs: FILE_TIMEOUT_MS,
  });
  const tests = readTests(await readJournal(journal));
  const isExplained = ended.code === 0 || tests.some(({ ending }) => ending === "failed");
  return {
    file: file.replace(/\.js$/, ".ts"),
    tests,
    ...(isExplained && tests.length > 0 ? {} : { fault: tailOf(ended.stdout + ended.stderr) }),
  };
}

/** Runs them all, two files at a time; what fails is in the results. `compileTests` must have run. */
export async function runOwn(
  options: RunOptions,
  runner: "bun" | "deno",
  isRight: (result: FileResult) => boolean,
): Promise<RunResults> {
  const waiting = await findFiles();
  const files: FileResult[] = [];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      files.push(await runFile(file, options, commands[runner]));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  return {
    files: await repeat(files, options, commands[runner], isRight),
    seen: await readSeen(options.folder),
  };
}

/** Files with a fault have a second run, alone: some tests hold times of few milliseconds, which two files at a time may not. */
async function repeat(
  files: readonly FileResult[],
  options: RunOptions,
  command: readonly string[],
  isRight: (result: FileResult) => boolean,
): Promise<FileResult[]> {
  const results: FileResult[] = [];
  for (const result of files) {
    if (!isRight(result)) console.log(`  again, alone: ${result.file}`);
    const compiled = result.file.replace(/\.ts$/, ".js");
    results.push(isRight(result) ? result : await runFile(compiled, options, command));
  }
  return results;
}
