// The command behind `npm run bench:codec`: `--json` prints lines of JSON, `--rounds N` (default 7).
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { contestants } from "./bench-contestants.js";

const WARM_UP_MS = 300;
const MEASURE_MS = 400;
const CALLS_PER_LOOK = 2000;
const USER_BYTES = 60;

type Direction = keyof typeof contestants;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "7" },
  },
});

if (positionals[0] === "one") {
  console.log(measure(contestants[positionals[1] as Direction][positionals[2]!]!()));
} else {
  checkSize();
  for (const direction of ["encode", "decode"] as const) {
    report(direction, compare(direction, Number(values.rounds)));
  }
}

/** All encode the same 60 bytes, or there is nothing to compare. */
function checkSize(): void {
  const names = Object.keys(contestants.encode).filter((name) => name !== "ours-into-buffer");
  for (const name of names) {
    const bytes = contestants.encode[name]!()() as Uint8Array;
    if (bytes.length !== USER_BYTES) {
      throw new Error(`${name} encodes the user in ${bytes.length} bytes, not in ${USER_BYTES}`);
    }
  }
}

/** Nanoseconds a call, in this process, which does nothing else. */
function measure(run: () => unknown): number {
  let kept: unknown;
  const runFor = (durationMs: number): number => {
    const start = performance.now();
    let calls = 0;
    let elapsed = 0;
    while (elapsed < durationMs) {
      for (let i = 0; i < CALLS_PER_LOOK; i++) {
        kept = run();
      }
      calls += CALLS_PER_LOOK;
      elapsed = performance.now() - start;
    }
    return (elapsed * 1e6) / calls;
  };
  runFor(WARM_UP_MS);
  const result = runFor(MEASURE_MS);
  if (kept === undefined) {
    throw new Error("the contestant returned nothing");
  }
  return result;
}

/** Medians over rounds; in each round every contestant has one fresh process, one after another. */
function compare(direction: Direction, rounds: number): Map<string, number> {
  const names = Object.keys(contestants[direction]);
  const samples = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const script = fileURLToPath(import.meta.url);
      const output = execFileSync(process.execPath, [script, "one", direction, name]);
      samples.get(name)!.push(Number(output.toString()));
    }
  }
  return new Map(names.map((name) => [name, median(samples.get(name)!)]));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;
}

function report(direction: Direction, medians: ReadonlyMap<string, number>): void {
  const ours = medians.get("ours")!;
  if (values.json) {
    printJson(direction, medians, ours);
    return;
  }
  console.log(`${direction}: ${"ns/call".padStart(30 - direction.length)}   ours is faster by`);
  for (const [name, nanos] of medians) {
    const ratio = name === "ours" ? "" : `${(nanos / ours).toFixed(2)}x`;
    console.log(`  ${name.padEnd(22)}${nanos.toFixed(1).padStart(8)}   ${ratio}`);
  }
}

/** Ratios above 1 mean that we are better. Our own other ways are no rivals. */
function printJson(direction: Direction, medians: ReadonlyMap<string, number>, ours: number): void {
  const round = (number: number) => Math.round(number * 100) / 100;
  const others = [...medians].filter(([name]) => name !== "ours");
  const rivals = others.filter(([name]) => !name.startsWith("ours-"));
  const variants = others.filter(([name]) => name.startsWith("ours-"));
  console.log(
    JSON.stringify({
      case: `codec-${direction}-user`,
      unit: "ns/call",
      ours: round(ours),
      rivals: Object.fromEntries(rivals.map(([name, nanos]) => [name, round(nanos)])),
      ratios: Object.fromEntries(rivals.map(([name, nanos]) => [name, round(nanos / ours)])),
      variants: Object.fromEntries(variants.map(([name, nanos]) => [name, round(nanos)])),
    }),
  );
}
