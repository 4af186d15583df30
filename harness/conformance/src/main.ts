// `npm run conformance`: the Connect conformance runner against our server and against our client. Exits with 1 unless all cases pass.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import zlib from "node:zlib";
import { run } from "@trunkline/testkit";
import { prepareTools, type Tools } from "./toolchain.js";

const configuration = new URL("../grpc.yaml", import.meta.url);
const runTimeoutMs = 300_000;

const hasZstd = "zstdCompress" in zlib;

/** What the runner tests, and how many cases its configuration has: fewer would mean that some were left out. */
const suites = [
  { mode: "server", cases: hasZstd ? 1866 : 1536 },
  { mode: "client", cases: hasZstd ? 2294 : 1880 },
] as const;

/** The configuration as this runtime can have it, in a file in `folder`. */
async function configure(folder: string): Promise<string> {
  const features = await readFile(configuration, "utf8");
  const path = join(folder, "grpc.yaml");
  await writeFile(path, hasZstd ? features : features.replace("    - COMPRESSION_ZSTD\n", ""));
  return path;
}

/** Runs one suite with `flags` for the runner. With some of the user's own, not all cases need run. */
async function pass(
  { mode, cases }: (typeof suites)[number],
  tools: Tools,
  flags: readonly string[],
): Promise<boolean> {
  const files = tools.cases.flatMap((path) => ["--test-file", path]);
  const args = ["--mode", mode, ...files, ...flags, "--", process.execPath, tools[mode]];
  const { code, stdout, stderr } = await run(tools.runner, args, { timeoutMs: runTimeoutMs });
  const passed = Number(/(\d+) passed/.exec(stdout)?.[1] ?? 0);
  console.log(`our ${mode}: ${passed} of ${cases} cases passed`);
  if (code === 0 && (passed === cases || chosen.length > 0)) return true;
  console.log(`${stdout}${stderr}`);
  return false;
}

const chosen = process.argv.slice(2);
const tools = await prepareTools();
const folder = await mkdtemp(join(tmpdir(), "trunkline-conformance-"));
let failed = 0;
try {
  const flags = ["--conf", await configure(folder), ...chosen];
  for (const suite of suites) if (!(await pass(suite, tools, flags))) failed++;
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.log(`${suites.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
