// Where code generation from strings is forbidden, codecs fall back to closures and change in nothing else.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { canGenerateCode } from "@trunkline/codec";
import { expect, it } from "vitest";
import { buildDist } from "./build-dist.js";

const TIMEOUT_MS = 120_000;

interface Report {
  readonly canGenerateCode: boolean;
  readonly refusalOfCompiling: string;
  readonly decoded: number;
  readonly differences: readonly string[];
  readonly timestamp: readonly number[];
  readonly expectedTimestamp: readonly number[];
}

it(
  "node --disallow-code-generation-from-strings",
  () => {
    const script = join(buildDist(), "without-eval.js");
    const flags = ["--disallow-code-generation-from-strings"];
    const output = execFileSync(process.execPath, [...flags, script], { encoding: "utf8" });
    const report = JSON.parse(output) as Report;
    expect(canGenerateCode()).toBe(true);
    expect(report.canGenerateCode).toBe(false);
    expect(report.refusalOfCompiling).toContain("google.protobuf.Timestamp");
    expect(report.decoded).toBeGreaterThan(100);
    expect(report.differences).toEqual([]);
    expect(report.timestamp).toEqual(report.expectedTimestamp);
  },
  TIMEOUT_MS,
);
