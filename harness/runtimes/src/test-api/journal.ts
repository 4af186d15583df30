// Writes down which tests a file has and how each of them ended, for the process that judges the run.
import { appendFileSync } from "node:fs";
import { inspect } from "node:util";

/** How a test ended. */
export type Ending = "passed" | "failed" | "skipped";

/** One line of the journal. */
export type Entry =
  | {
      readonly kind: "runtime";
      readonly execPath: string;
      readonly versions: Readonly<Record<string, string | undefined>>;
    }
  | { readonly kind: "declared"; readonly name: string }
  | {
      readonly kind: "ended";
      readonly name: string;
      readonly ending: Ending;
      readonly error?: string;
    };

/** The environment variable with the path of the journal. */
export const JOURNAL = "TRUNKLINE_TEST_JOURNAL";

/** Appends a line. At once, because the process may not live to do it later. */
export function note(entry: Entry): void {
  const path = process.env[JOURNAL];
  // Empty for the processes of peers, which are no tests.
  if (path) appendFileSync(path, `${JSON.stringify(entry)}\n`);
}

/** Says what runs this process. */
export function noteRuntime(): void {
  note({ kind: "runtime", execPath: process.execPath, versions: { ...process.versions } });
}

/** Notes how a test or hook ended; hands the error on. */
export async function noteEnding(name: string, run: () => unknown): Promise<void> {
  try {
    await run();
  } catch (error) {
    note({ kind: "ended", name, ending: "failed", error: inspect(error, { depth: 3 }) });
    throw error;
  }
}
