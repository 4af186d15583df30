// What a run on one runtime has brought, file by file, whatever ran it.

/** How one test ended. */
export interface TestResult {
  readonly name: string;
  readonly ending: "passed" | "failed" | "skipped";
  readonly error?: string;
}

/** What came of one file. */
export interface FileResult {
  /** From the root of the workspace, as a source: `packages/client/test/unary.e2e.test.ts`. */
  readonly file: string;
  readonly tests: readonly TestResult[];
  /** What the runner said when it failed without a failed test. */
  readonly fault?: string;
}

/** What runs a test, as the process of the test itself says. */
export interface SeenRuntime {
  readonly execPath: string;
  readonly versions: Readonly<Record<string, string | undefined>>;
}

/** A whole run. */
export interface RunResults {
  readonly files: readonly FileResult[];
  /** One for each process that ran tests. */
  readonly seen: readonly SeenRuntime[];
}
