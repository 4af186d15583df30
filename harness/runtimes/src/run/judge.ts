// Holds the results of a run against the list of what the runtime cannot do.
import type { FileResult, RunResults } from "./results.js";

/** A test that cannot pass on a runtime. */
export interface Inability {
  /** The name of the runtime. */
  readonly runtime: string;
  /** From the root of the workspace. */
  readonly file: string;
  /** The names of the suites and of the test, joined by ` > `. */
  readonly test: string;
  /** Why, in words for users of the runtime. */
  readonly reason: string;
}

/** What a run comes to. */
export interface Verdict {
  readonly passed: number;
  readonly skipped: number;
  /** Tests that failed and are on the list. */
  readonly listed: number;
  /** What is wrong, each with its place. Empty: all is well. */
  readonly faults: readonly string[];
}

class Judge {
  passed = 0;
  skipped = 0;
  listed = 0;
  readonly faults: string[] = [];
  private readonly inabilities: readonly Inability[];
  private readonly met = new Set<Inability>();

  constructor(inabilities: readonly Inability[]) {
    this.inabilities = inabilities;
  }

  file({ file, tests, fault }: FileResult): void {
    for (const { name, ending, error } of tests) {
      const inability = this.inabilities.find((it) => it.file === file && it.test === name);
      if (inability) this.met.add(inability);
      if (ending === "skipped") this.skipped++;
      else if (ending === "passed" && inability) {
        this.faults.push(`${file}: "${name}" passes: take it off the list`);
      } else if (ending === "passed") this.passed++;
      else if (inability) this.listed++;
      else this.faults.push(`${file}: "${name}" failed: ${error ?? ""}`);
    }
    if (fault !== undefined) this.faults.push(`${file}: ${fault}`);
  }

  end(): void {
    for (const inability of this.inabilities) {
      if (this.met.has(inability)) continue;
      const { file, test } = inability;
      this.faults.push(`${file}: there is no "${test}": take it off the list`);
    }
  }
}

/**
 * Judges a run.
 *
 * @param inabilities those of this runtime
 */
export function judge(results: RunResults, inabilities: readonly Inability[]): Verdict {
  const judged = new Judge(inabilities);
  for (const file of results.files) judged.file(file);
  judged.end();
  if (judged.passed === 0) judged.faults.push("no test has passed");
  const { passed, skipped, listed, faults } = judged;
  return { passed, skipped, listed, faults };
}

/** Whether a file alone shows nothing that would make a run fail. */
export function isRight(result: FileResult, inabilities: readonly Inability[]): boolean {
  const judged = new Judge(inabilities);
  judged.file(result);
  return judged.faults.length === 0;
}

/** Makes sure that every process that ran tests was the runtime that was asked for. */
export function judgeRuntime(
  { seen }: RunResults,
  expected: { readonly program: string; readonly key: string; readonly version: string },
): string[] {
  if (seen.length === 0) return ["no test has said what runs it"];
  const { program, key, version } = expected;
  return seen
    .filter(({ execPath, versions }) => execPath !== program || versions[key] !== version)
    .map(({ execPath, versions }) => `tests ran on ${execPath}, ${key} ${versions[key]}`);
}
