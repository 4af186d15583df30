// The table of the README, and the figures it is made of: each case keeps what its last published run measured.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { BenchCase } from "../cases/bench-case.js";
import { type CaseFigures, formatFigure } from "./report.js";

const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";

/** Takes one case's figures (a line of `--json`) into the file of figures, and writes the README's table anew. */
export function publish(
  line: string,
  cases: readonly BenchCase[],
  files: { readonly figures: string; readonly readme: string },
): void {
  const known = existsSync(files.figures) ? readFileSync(files.figures, "utf8") : "";
  const figures = mergeFigures(known, line, cases);
  writeFileSync(files.figures, figures.map((each) => `${JSON.stringify(each)}\n`).join(""));
  const readme = readFileSync(files.readme, "utf8");
  writeFileSync(files.readme, replaceTable(readme, formatTable(figures, cases)));
}

/** The known figures with `line` in place of its case's, in the order of the cases; cases that are gone are left out. */
export function mergeFigures(
  known: string,
  line: string,
  cases: readonly BenchCase[],
): CaseFigures[] {
  const lines = [...known.split("\n").filter((text) => text !== ""), line];
  const byCase = new Map(
    lines.map((text) => JSON.parse(text) as CaseFigures).map((each) => [each.case, each]),
  );
  return cases.map(({ name }) => byCase.get(name)).filter((each) => each !== undefined);
}

/** A row for each case: our figure, and each rival's with the ratio. */
export function formatTable(figures: readonly CaseFigures[], cases: readonly BenchCase[]): string {
  const rivals = [...new Set(figures.flatMap((each) => Object.keys(each.rivals)))];
  const row = (each: CaseFigures) => {
    const title = cases.find(({ name }) => name === each.case)?.title ?? each.case;
    return `| ${[title, formatOurs(each), ...rivals.map((rival) => formatRival(each, rival))].join(" | ")} |`;
  };
  return [
    `| case | Trunkline | ${rivals.join(" | ")} |`,
    `|---|--:|${rivals.map(() => "--:|").join("")}`,
    ...figures.map(row),
  ].join("\n");
}

function formatOurs({ ours, unit, cpuUs }: CaseFigures): string {
  const cpu = cpuUs.trunkline === undefined ? "" : `, ${cpuUs.trunkline.toPrecision(2)} us CPU`;
  return `**${formatFigure(ours)}** ${unit}${unit === "MiB/s" ? "" : cpu}`;
}

function formatRival({ rivals, ratios }: CaseFigures, rival: string): string {
  const [figure, ratio] = [rivals[rival], ratios[rival]];
  if (figure === undefined || ratio === undefined) return "";
  return `${formatFigure(figure)} (${ratio < 0.95 ? ratio.toFixed(2) : ratio.toFixed(1)}x)`;
}

/** Puts the table between the markers of the README's text. */
export function replaceTable(readme: string, table: string): string {
  const from = readme.indexOf(BEGIN);
  const to = readme.indexOf(END);
  if (from < 0 || to < from) throw new Error(`the README has no lines ${BEGIN} and ${END}`);
  return `${readme.slice(0, from + BEGIN.length)}\n${table}\n${readme.slice(to)}`;
}
