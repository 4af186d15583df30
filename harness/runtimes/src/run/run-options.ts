// What both ways to run tests are given, and the journals in which the processes say what they are.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "../test-api/journal.js";
import type { SeenRuntime } from "./results.js";

/** What a run is given. */
export interface RunOptions {
  /** The runtime's program. */
  readonly program: string;
  /** A folder of its own, for journals and reports. */
  readonly folder: string;
  /** For the processes that run tests. */
  readonly env: Readonly<Record<string, string>>;
}

const TAIL_LINES = 40;

/** The end of a long output. */
export function tailOf(output: string): string {
  return output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}

/** The entries of a journal; none when the process did not live to write any. */
export async function readJournal(path: string): Promise<Entry[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}

/** What ran the tests, by all journals of a folder. */
export async function readSeen(folder: string): Promise<SeenRuntime[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson"));
  const journals = await Promise.all(names.map((name) => readJournal(join(folder, name))));
  return journals.flat().filter((entry) => entry.kind === "runtime");
}
