// What gzip costs the sender of a message, held against `gzipSync` of the same bytes.
import { fileURLToPath } from "node:url";
import type { Entrant } from "../run/measurement.js";
import { LOAD_CORE, run, SERVER_CORE, startServer } from "../run/process.js";
import type { BenchCase, BenchContext } from "./bench-case.js";

const program = fileURLToPath(new URL("../workload/gzip.js", import.meta.url));
const MARGIN_MS = 30_000;

async function runProgram(
  mode: "ours" | "gzipSync",
  byteCount: number,
  port: number,
  { time }: BenchContext,
): Promise<number> {
  const words = [mode, byteCount, time.measureMs, port].map(String);
  const limitMs = time.measureMs + MARGIN_MS;
  const text = await run([process.execPath, program, ...words], { core: LOAD_CORE, limitMs });
  return (JSON.parse(text) as { cpuUs: number }).cpuUs;
}

function createEntrants(byteCount: number, context: BenchContext): Entrant[] {
  const { ours } = context;
  const measure = async (mode: "ours" | "gzipSync") => {
    await using server = await startServer(ours.server, { core: SERVER_CORE, env: ours.env });
    return { value: await runProgram(mode, byteCount, server.port, context) };
  };
  return [
    { name: ours.name, measure: () => measure("ours") },
    { name: "gzipSync", measure: () => measure("gzipSync") },
  ];
}

export const gzipCases: readonly BenchCase[] = [
  ["16kib", "16 KiB", 16_384],
  ["64kib", "64 KiB", 65_536],
  ["256kib", "256 KiB", 262_144],
  ["1mib", "1 MiB", 1_048_576],
].map(([name, words, byteCount]) => ({
  name: `gzip-${name}`,
  title: `Gzip of ${words} of JSON, what a call takes more than without`,
  unit: "us CPU",
  better: "lower",
  entrants: (context) => createEntrants(byteCount as number, context),
}));
