// The README's table: made of what each case measured last, in the order of the cases.
import { describe, expect, it } from "vitest";
import type { BenchCase } from "../cases/bench-case.js";
import { formatTable, mergeFigures, replaceTable } from "./published.js";

const cases = ["first", "second"].map(
  (name): BenchCase => ({
    name,
    title: `The ${name} case`,
    unit: "calls/s",
    better: "higher",
    entrants: () => [],
  }),
);

const line = (name: string, ours: number) =>
  JSON.stringify({
    case: name,
    unit: "calls/s",
    ours,
    rivals: { rival: 50 },
    ratios: { rival: ours / 50 },
    cpuUs: { trunkline: 4 },
  });

describe("mergeFigures", () => {
  it("replaces the figures of a case and keeps those of the others, in the order of the cases", () => {
    const known = `${line("second", 1)}\n${line("gone", 2)}\n${line("first", 3)}\n`;
    const merged = mergeFigures(known, line("second", 4), cases);
    expect(merged.map(({ case: name, ours }) => [name, ours])).toEqual([
      ["first", 3],
      ["second", 4],
    ]);
  });
});

describe("formatTable", () => {
  it("has a row for each case and a column for each rival", () => {
    const figures = mergeFigures(line("first", 200), line("second", 40), cases);
    expect(formatTable(figures, cases).split("\n")).toEqual([
      "| case | Trunkline | rival |",
      "|---|--:|--:|",
      "| The first case | **200** calls/s, 4.0 us CPU | 50.0 (4.0x) |",
      "| The second case | **40.0** calls/s, 4.0 us CPU | 50.0 (0.80x) |",
    ]);
  });
});

describe("replaceTable", () => {
  it("puts the table between the markers", () => {
    const readme = "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n";
    expect(replaceTable(readme, "new")).toBe(readme.replace("old", "new"));
  });

  it("throws when there are none", () => {
    expect(() => replaceTable("no markers", "new")).toThrow(/bench:begin/);
  });
});
