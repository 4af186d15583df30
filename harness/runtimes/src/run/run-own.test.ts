// What a journal comes to when the process did not live to write all of it.
import { expect, it } from "vitest";
import type { Entry } from "../test-api/journal.js";
import { readTests } from "./run-own.js";

const declared = (name: string): Entry => ({ kind: "declared", name });
const ended = (name: string, ending: "passed" | "failed" | "skipped"): Entry => ({
  kind: "ended",
  name,
  ending,
});

it.each<[string, Entry[], string[]]>([
  ["all ended", [declared("a"), ended("a", "passed")], ["a passed"]],
  [
    "one never ended",
    [declared("a"), declared("b"), ended("a", "passed")],
    ["a passed", "b failed"],
  ],
  [
    "two of one name, one never ended",
    [declared("a"), declared("a"), ended("a", "passed")],
    ["a passed", "a failed"],
  ],
  ["a hook failed", [ended("(beforeAll)", "failed")], ["(beforeAll) failed"]],
  ["skipped", [declared("a"), ended("a", "skipped")], ["a skipped"]],
])("%s", (_name, entries, expected) => {
  expect(readTests(entries).map(({ name, ending }) => `${name} ${ending}`)).toEqual(expected);
});
