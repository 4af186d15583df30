// `npm run fuzz -- --seconds N [--seed S] [--count C]`: random frame streams until the time is over; exits with 1 at the first fault.
import { parseArgs } from "node:util";
import { runHpack } from "./hpack.js";
import { namedCases } from "./named-cases.js";
import { runScenario } from "./run-scenario.js";
import { createScenario } from "./scenario.js";
import { formatScenario, parseScenario, shrink } from "./shrink.js";

/** The heap may not be larger than this at any time: connections that are gone must leave nothing. */
const maxHeapBytes = 512 * 1024 * 1024;

const { values } = parseArgs({
  options: { seconds: { type: "string" }, seed: { type: "string" }, count: { type: "string" } },
});
const seconds = Number(values.seconds ?? 30);
const firstSeed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
const count = Number(values.count ?? Number.POSITIVE_INFINITY);

function report(seed: number, faults: readonly string[]): void {
  console.log(`seed ${seed} fails: ${faults.join("\n  ")}`);
  const small = shrink(createScenario(seed), (candidate) => runScenario(candidate).length > 0);
  console.log(`as small as it gets: ${formatScenario(small)}`);
  console.log(`again: npm run fuzz -- --seed ${seed} --count 1`);
}

/** Returns how many seeds were tried without a fault; -1 at the first fault. */
function fuzz(): number {
  const endMs = performance.now() + seconds * 1000;
  for (let i = 0; i < count && performance.now() < endMs; i++) {
    const seed = (firstSeed + i) >>> 0;
    const faults = runScenario(createScenario(seed));
    if (faults.length > 0) {
      report(seed, faults);
      return -1;
    }
    const hpackFaults = runHpack(seed);
    if (hpackFaults.length > 0) {
      console.log(`seed ${seed} fails in HPACK: ${hpackFaults.join(", ")}`);
      return -1;
    }
    const { heapUsed } = process.memoryUsage();
    if (heapUsed > maxHeapBytes) {
      console.log(`seed ${seed}: the heap has ${heapUsed} bytes`);
      return -1;
    }
    tried = i + 1;
  }
  return tried;
}

let tried = 0;
console.log(`seeds from ${firstSeed} on, for ${seconds} s`);
const broken = namedCases.filter(([, text]) => runScenario(parseScenario(text)).length > 0);
for (const [name] of broken) console.log(`named case fails: ${name}`);
const failed = fuzz() < 0 || broken.length > 0 ? 1 : 0;
console.log(`${tried + namedCases.length - broken.length} passed, ${failed} failed`);
process.exitCode = failed;
