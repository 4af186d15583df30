// The command behind `npm run test:codec-conformance`.
import { findRunner, runConformance } from "./run-conformance.js";

const runner = findRunner();
if (runner === undefined) {
  throw new Error(`there is no conformance runner for ${process.platform}-${process.arch}`);
}
for (const testee of ["protobuf-es", "compiled", "closure"] as const) {
  const result = runConformance(runner, testee);
  console.log(`${testee}: ${result.passed ? "passed" : "failed"}`);
  console.log(result.passed ? result.suites.join("\n") : result.output);
  if (!result.passed) {
    process.exitCode = 1;
  }
}
