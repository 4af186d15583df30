// `npm run h2spec`: h2spec in strict mode against our servers, h2specd against our client. Exits with 1 if anything is not as expected.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "@trunkline/testkit";
import { type Expectation, faultsOf, type Report, readOutput, readReport } from "./report.js";
import { startGrpc, startPlain, startTls, type Target } from "./targets.js";
import { prepareTools, type Tools } from "./toolchain.js";

/** All cases of h2spec 2.2.1, the strict ones included; and those of h2specd. */
const serverCases = 146;
const clientCases = 57;
const runTimeoutMs = 300_000;
const clientProgram = fileURLToPath(new URL("client.js", import.meta.url));

interface Suite {
  readonly name: string;
  readonly expected: Expectation;
  /** Runs it; a file may be written to `junit`. */
  run(tools: Tools, junit: string): Promise<Report>;
}

function serverSuite(
  name: string,
  start: () => Promise<Target>,
  flags: readonly string[] = [],
): Suite {
  return {
    name,
    expected: { total: serverCases },
    async run({ h2spec }, junit) {
      const target = await start();
      try {
        const args = ["--strict", "-h", "127.0.0.1", "-p", `${target.port}`, "-j", junit, ...flags];
        const { stdout } = await run(h2spec, args, { timeoutMs: runTimeoutMs });
        return await readFile(junit, "utf8").then(readReport, () => noReport(stdout));
      } finally {
        await target.close();
      }
    },
  };
}

function noReport(output: string): never {
  throw new Error(`h2spec wrote no report, it says: ${output}`);
}

/** h2specd listens on one port for each case; these lie below those that the system hands out. */
function firstPort(): number {
  return 12_000 + Math.floor(Math.random() * 15_000);
}

const clientSuite: Suite = {
  name: "our client against h2specd",
  expected: { total: clientCases },
  async run({ h2specd }) {
    for (let left = 3; ; left--) {
      const exec = `${process.execPath} ${clientProgram}`;
      const args = ["-h", "127.0.0.1", "-f", `${firstPort()}`, "-e", exec];
      const { stdout, code } = await run(h2specd, args, { timeoutMs: runTimeoutMs });
      // It gives up, without a result, at the first port that somebody else listens on.
      if (left === 1 || code === 0 || /\d+ tests,/.test(stdout)) return readOutput(stdout);
    }
  },
};

const suites: readonly Suite[] = [
  serverSuite("h2spec against the responder, plaintext", startPlain),
  serverSuite("h2spec against the responder, TLS", startTls, ["-t", "-k"]),
  serverSuite("h2spec against the gRPC server", startGrpc),
  clientSuite,
];

async function judge(suite: Suite, tools: Tools, folder: string): Promise<boolean> {
  const junit = join(folder, "report.xml");
  await rm(junit, { force: true });
  try {
    const report = await suite.run(tools, junit);
    const faults = faultsOf(report, suite.expected);
    console.log(`${suite.name}: ${report.passed.length} of ${suite.expected.total} passed`);
    for (const fault of faults) console.log(`  ${fault}`);
    return faults.length === 0;
  } catch (error) {
    console.log(`${suite.name}: no result: ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

async function main(): Promise<void> {
  const tools = await prepareTools();
  const folder = await mkdtemp(join(tmpdir(), "trunkline-h2spec-"));
  let failed = 0;
  try {
    for (const suite of suites) if (!(await judge(suite, tools, folder))) failed++;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`${suites.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
