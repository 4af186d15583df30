// `npm run bench -- [--case NAME]... [--json] [--rounds N] [--seconds S] [--warm-up S] [--rival NAME]... [--write]`

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { allCoresCases } from "./cases/all-cores.js";
import { balancingCases } from "./cases/balancing.js";
import type { BenchCase, BenchContext } from "./cases/bench-case.js";
import { clientUnaryCases } from "./cases/client-unary.js";
import { coldStartCase } from "./cases/cold-start.js";
import { equipmentCases } from "./cases/equipment.js";
import { gzipCases } from "./cases/gzip.js";
import { idleCases } from "./cases/idle.js";
import { pairCases } from "./cases/pairs.js";
import { serverUnaryCases } from "./cases/server-unary.js";
import { getUserRequest } from "./peers/canned.js";
import { measureRounds } from "./run/measurement.js";
import { findRivals, type Peer, trunkline } from "./run/peers.js";
import { publish } from "./run/published.js";
import { type CaseResult, formatJson, formatText } from "./run/report.js";

const allCases: readonly BenchCase[] = [
  ...serverUnaryCases,
  ...clientUnaryCases,
  ...pairCases,
  ...idleCases,
  ...gzipCases,
  coldStartCase,
  ...balancingCases,
  ...allCoresCases,
  ...equipmentCases,
];
const publishedCases = allCases.filter(({ isInternal }) => isInternal !== true);

const files = {
  readme: fileURLToPath(new URL("../../../README.md", import.meta.url)),
  figures: fileURLToPath(new URL("../figures.ndjson", import.meta.url)),
};

interface Options {
  readonly cases: readonly BenchCase[];
  readonly rivals: readonly string[] | undefined;
  readonly rounds: number;
  readonly warmMs: number;
  readonly measureMs: number;
  readonly json: boolean;
  readonly write: boolean;
}

function parseOptions(): Options {
  const { values } = parseArgs({
    options: {
      case: { type: "string", multiple: true },
      rival: { type: "string", multiple: true },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      "warm-up": { type: "string", default: "3" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
    },
  });
  return {
    cases: values.case?.flatMap(findCases) ?? allCases,
    rivals: values.rival,
    rounds: parsePositive("--rounds", values.rounds),
    warmMs: parsePositive("--warm-up", values["warm-up"]) * 1000,
    measureMs: parsePositive("--seconds", values.seconds) * 1000,
    json: values.json,
    write: values.write,
  };
}

function findCases(name: string): BenchCase[] {
  const found = allCases.filter(
    (bench) => bench.name === name || bench.name.startsWith(`${name}-`),
  );
  if (found.length > 0) return found;
  throw new Error(
    `no case is called ${name}; there are ${allCases.map((bench) => bench.name).join(", ")}`,
  );
}

function parsePositive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`${option} must be a number above 0, not ${text}`);
}

function pickRivals({ rivals: names }: Options, log: (line: string) => void): Peer[] {
  const rivals = findRivals(log);
  if (!names) return rivals;
  const unknown = names.find((name) => !rivals.some((rival) => rival.name === name));
  if (unknown)
    throw new Error(
      `no rival is called ${unknown}; there are ${rivals.map(({ name }) => name).join(", ")}`,
    );
  return rivals.filter(({ name }) => names.includes(name));
}

/** Files that live as long as the run: the request body and a certificate. */
function prepareFiles(folder: string): Pick<BenchContext, "tls" | "bodyFile"> {
  const bodyFile = join(folder, "request.bin");
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  writeFileSync(bodyFile, getUserRequest);
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-keyout", keyFile, "-out", certFile, "-days", "2"];
  execFileSync("openssl", ["req", "-x509", ...curve, ...files, ...subject], { stdio: "ignore" });
  return { bodyFile, tls: { keyFile, certFile } };
}

async function runCase(
  bench: BenchCase,
  context: BenchContext,
  options: Options,
): Promise<CaseResult> {
  const log = (line: string) => console.error(line);
  log(`${bench.name}: ${options.rounds} rounds`);
  const floor = bench.floor?.(context);
  const entrants = bench.entrants(context);
  const figures = await measureRounds(floor ? [...entrants, floor] : entrants, options.rounds, log);
  const ours = figures.get(context.ours.name);
  if (!ours) throw new Error(`${bench.name} did not measure ${context.ours.name}`);
  const floorFigures = floor && figures.get(floor.name);
  figures.delete(context.ours.name);
  if (floor) figures.delete(floor.name);
  return { bench, ours, rivals: figures, ...(floorFigures ? { floor: floorFigures } : {}) };
}

async function main(): Promise<void> {
  const options = parseOptions();
  const folder = mkdtempSync(join(tmpdir(), "trunkline-bench-"));
  try {
    const rivals = pickRivals(options, (line) => console.error(line));
    const context = { ours: trunkline, rivals, time: options, ...prepareFiles(folder) };
    for (const bench of options.cases) {
      const result = await runCase(bench, context, options);
      console.log(options.json ? formatJson(result) : formatText(result));
      if (options.write && bench.isInternal !== true) {
        publish(formatJson(result), publishedCases, files);
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = 1;
}
