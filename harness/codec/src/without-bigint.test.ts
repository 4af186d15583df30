// With BUF_BIGINT_DISABLE=1 a codec gives and takes strings for 64-bit integers, as protobuf-es does.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { buildDist } from "./build-dist.js";

const TIMEOUT_MS = 120_000;

interface Report {
  readonly bigint: boolean;
  readonly decoded: number;
  readonly differences: readonly string[];
  readonly values: readonly string[];
}

it(
  "BUF_BIGINT_DISABLE=1 node",
  () => {
    const script = join(buildDist(), "without-bigint.js");
    const env = { ...process.env, BUF_BIGINT_DISABLE: "1" };
    const output = execFileSync(process.execPath, [script], { encoding: "utf8", env });
    const report = JSON.parse(output) as Report;
    expect(report.bigint).toBe(false);
    expect(report.decoded).toBeGreaterThan(100);
    expect(report.differences).toEqual([]);
    expect(report.values).toEqual(["-1", "18446744073709551615"]);
  },
  TIMEOUT_MS,
);
