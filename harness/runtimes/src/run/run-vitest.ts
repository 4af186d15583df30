// Runs unit, end-to-end and npm-peer tests with Vitest, main process and workers on the Node.js that is under test.
import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { run } from "@trunkline/testkit";
import { root } from "./compile.js";
import type { FileResult, RunResults, TestResult } from "./results.js";
import { type RunOptions, readSeen, tailOf } from "./run-options.js";
import { excludedFromVitest } from "./selection.js";

const TIMEOUT_MS = 900_000;

/** The part of Vitest's JSON report that we read. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[];
      readonly title: string;
      readonly status: string;
      readonly failureMessages?: readonly string[] | null;
    }[];
  }[];
}

type ReportedTest = Report["testResults"][number]["assertionResults"][number];

function toTest({ ancestorTitles, title, status, failureMessages }: ReportedTest): TestResult {
  const name = [...ancestorTitles, title].join(" > ");
  if (status === "passed") return { name, ending: "passed" };
  if (status === "failed") {
    return { name, ending: "failed", error: (failureMessages ?? []).join("\n") };
  }
  return { name, ending: "skipped" };
}

function toFile({
  name,
  status,
  message,
  assertionResults,
}: Report["testResults"][number]): FileResult {
  const file = relative(root, name).split(sep).join("/");
  const tests = assertionResults.map(toTest);
  const isExplained = status !== "failed" || tests.some(({ ending }) => ending === "failed");
  return {
    file,
    tests,
    ...(isExplained ? {} : { fault: message || "failed without a failed test" }),
  };
}

/** Runs them all; what fails is in the results. */
export async function runVitest({ program, folder, env }: RunOptions): Promise<RunResults> {
  const outputFile = join(folder, "vitest.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const flags = ["--mode=runtimes", "--reporter=json", `--outputFile=${outputFile}`];
  const excluded = excludedFromVitest.map((pattern) => `--exclude=${pattern}`);
  const args = ["-n", "5", program, vitest, "run", ...flags, ...excluded];
  const ended = await run("nice", args, { cwd: root, env, timeoutMs: TIMEOUT_MS });
  const report = await readFile(outputFile, "utf8").catch(() => undefined);
  const output = ended.stdout + ended.stderr;
  if (report === undefined) {
    return { files: [{ file: "(vitest)", tests: [], fault: tailOf(output) }], seen: [] };
  }
  const files = (JSON.parse(report) as Report).testResults.map(toFile);
  const isExplained = ended.code === 0 || files.some(hasFault);
  const unexplained = { file: "(vitest)", tests: [], fault: tailOf(output) };
  return { files: isExplained ? files : [...files, unexplained], seen: await readSeen(folder) };
}

function hasFault({ fault, tests }: FileResult): boolean {
  return fault !== undefined || tests.some(({ ending }) => ending === "failed");
}
