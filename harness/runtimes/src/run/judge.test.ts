// Nothing that fails passes for a success, and the list of what cannot pass only shrinks.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Inability, judge, judgeRuntime } from "./judge.js";
import type { RunResults, TestResult } from "./results.js";
import { runtimes } from "./runtimes.js";

const listedTest: Inability = { runtime: "bun", file: "a.ts", test: "x > y", reason: "no y" };

function resultsOf(tests: readonly TestResult[], fault?: string): RunResults {
  const other = { file: "b.ts", tests: [{ name: "fine", ending: "passed" }] } as const;
  return { files: [{ file: "a.ts", tests, ...(fault ? { fault } : {}) }, other], seen: [] };
}

describe("a run", () => {
  it.each<[string, readonly TestResult[], readonly Inability[], RegExp[]]>([
    ["all passed", [{ name: "x > y", ending: "passed" }], [], []],
    ["a skipped test", [{ name: "x > y", ending: "skipped" }], [], []],
    [
      "a failed test",
      [{ name: "x > y", ending: "failed", error: "oh" }],
      [],
      [/"x > y" failed: oh/],
    ],
    ["a listed test that failed", [{ name: "x > y", ending: "failed" }], [listedTest], []],
    ["a listed test that passed", [{ name: "x > y", ending: "passed" }], [listedTest], [/passes/]],
    ["a listed test that is not there", [], [listedTest], [/there is no "x > y"/]],
  ])("with %s", (_name, tests, inabilities, faults) => {
    expect(judge(resultsOf(tests), inabilities).faults).toEqual(
      faults.map((fault) => expect.stringMatching(fault)),
    );
  });

  it("whose runner fails without a failed test has failed", () => {
    expect(judge(resultsOf([], "it crashed"), []).faults).toEqual(["a.ts: it crashed"]);
  });

  it("without any test has failed", () => {
    expect(judge({ files: [], seen: [] }, []).faults).toEqual(["no test has passed"]);
  });
});

describe("the runtime of a run", () => {
  const expected = { program: "/bin/bun", key: "bun", version: "1.0.0" };
  const seen = { execPath: "/bin/bun", versions: { node: "24.0.0", bun: "1.0.0" } };

  it.each<[string, RunResults["seen"], number]>([
    ["is what was asked for", [seen, seen], 0],
    ["is not known", [], 1],
    ["is another program", [seen, { ...seen, execPath: "/bin/node" }], 1],
    ["is another version", [{ ...seen, versions: { node: "24.0.0" } }], 1],
  ])("%s", (_name, all, faultCount) => {
    expect(judgeRuntime({ files: [], seen: all }, expected)).toHaveLength(faultCount);
  });
});

describe("the list of what a runtime cannot do", () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
  const inabilities = JSON.parse(read("../../inabilities.json")) as Inability[];

  it("only shrinks: take the number down with it", () => {
    expect(inabilities.length).toBeLessThanOrEqual(22);
  });

  it("gives each runtime's reasons, which the README tells", () => {
    const readme = read("../../../../README.md");
    for (const { runtime, reason } of inabilities) {
      expect(runtimes.map(({ name }) => name)).toContain(runtime);
      expect(readme).toContain(reason);
    }
    for (const { version } of runtimes) expect(readme).toContain(version);
  });
});
