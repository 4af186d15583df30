// protobuf's official conformance runner against the codec, in both modes.
import { beforeAll, describe, expect, it } from "vitest";
import { buildDist } from "./build-dist.js";
import { findRunner, runConformance } from "./run-conformance.js";

const runner = findRunner();
const TIMEOUT_MS = 120_000;

beforeAll(() => {
  buildDist();
}, TIMEOUT_MS);

describe.skipIf(runner === undefined)("conformance runner", () => {
  it.each(["compiled", "closure"] as const)(
    "has nothing to object to in %s mode",
    (testee) => {
      const result = runConformance(runner!, testee);
      expect(result.passed, result.output).toBe(true);
      expect(result.suites).toHaveLength(2);
      expect(result.output).not.toMatch(/[1-9]\d* skipped/);
    },
    TIMEOUT_MS,
  );
});
