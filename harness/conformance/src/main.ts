// `npm run conformance`: the Connect conformance runner against our server and against our client. Exits with 1 unless all cases pass.
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";
import { prepareTools, type Tools } from "./toolchain.js";

const configuration = fileURLToPath(new URL("../grpc.yaml", import.meta.url));
const runTimeoutMs = 300_000;

/** What the runner tests, and how many cases its configuration has: fewer would mean that some were left out. */
const suites = [
  { mode: "server", cases: 458 },
  { mode: "client", cases: 551 },
] as const;

/** Runs one suite; `flags` go to the runner as they are. */
async function pass(
  { mode, cases }: (typeof suites)[number],
  tools: Tools,
  flags: readonly string[],
): Promise<boolean> {
  const peer = [process.execPath, tools[mode]];
  const args = ["--mode", mode, "--conf", configuration, ...flags, "--", ...peer];
  const { code, stdout, stderr } = await run(tools.runner, args, { timeoutMs: runTimeoutMs });
  const passed = Number(/(\d+) passed/.exec(stdout)?.[1] ?? 0);
  console.log(`our ${mode}: ${passed} of ${cases} cases passed`);
  if (code === 0 && (passed === cases || flags.length > 0)) return true;
  console.log(`${stdout}${stderr}`);
  return false;
}

const flags = process.argv.slice(2);
const tools = await prepareTools();
let failed = 0;
for (const suite of suites) if (!(await pass(suite, tools, flags))) failed++;
console.log(`${suites.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
