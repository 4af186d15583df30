// The results of a case as a JSON line, as text for a terminal, and as the table of the README.
import { readFileSync, writeFileSync } from "node:fs";
import type { BenchCase } from "../cases/bench-case.js";
import type { Figures } from "./measurement.js";

export interface CaseResult {
  readonly bench: BenchCase;
  readonly ours: Figures;
  readonly rivals: ReadonlyMap<string, Figures>;
  readonly floor?: Figures;
}

/** How many times better we are: above 1 always means that we are better. */
export function ratioTo({ bench, ours }: CaseResult, rival: Figures): number {
  return bench.better === "higher" ? ours.value / rival.value : rival.value / ours.value;
}

/** One object on one line. */
export function formatJson(result: CaseResult): string {
  const { bench, ours, rivals, floor } = result;
  const each = (pick: (figures: Figures) => number | undefined) =>
    Object.fromEntries([...rivals].map(([name, figures]) => [name, round(pick(figures))]));
  const withOurs = (pick: (figures: Figures) => number | undefined) => ({
    trunkline: round(pick(ours)),
    ...each(pick),
  });
  return JSON.stringify({
    case: bench.name,
    unit: bench.unit,
    ours: round(ours.value),
    rivals: each(({ value }) => value),
    ratios: each((figures) => ratioTo(result, figures)),
    cpuUs: withOurs(({ cpuUs }) => cpuUs),
    peakRssMib: withOurs(({ peakRssMib }) => peakRssMib),
    p50Us: withOurs(({ p50Us }) => p50Us),
    ...(floor ? { floor: { value: round(floor.value), cpuUs: round(floor.cpuUs) } } : {}),
  });
}

function round(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(4));
}

/** A few lines for people. */
export function formatText(result: CaseResult): string {
  const { bench, ours, rivals, floor } = result;
  const line = (name: string, figures: Figures, ratio?: number) =>
    [
      `  ${name.padEnd(14)}`,
      formatFigure(figures.value).padStart(12),
      bench.unit.padEnd(14),
      ratio === undefined ? "".padStart(8) : `${ratio.toFixed(2)}x`.padStart(8),
      figures.cpuUs === undefined ? "" : `  CPU ${figures.cpuUs.toPrecision(3)} us each`,
      figures.p50Us === undefined ? "" : `  p50 ${figures.p50Us.toPrecision(3)} us`,
      figures.peakRssMib === undefined ? "" : `  peak RSS ${figures.peakRssMib.toFixed(0)} MiB`,
    ].join(" ");
  return [
    `${bench.title} (${bench.name})`,
    line("trunkline", ours),
    ...[...rivals].map(([name, figures]) => line(name, figures, ratioTo(result, figures))),
    ...(floor ? [line("bare net", floor, ratioTo(result, floor))] : []),
  ].join("\n");
}

function formatFigure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

const BEGIN = "<!-- bench:begin -->";
const END = "<!-- bench:end -->";

/** The table of all cases: our figure, and each rival's with the ratio. */
export function formatTable(results: readonly CaseResult[]): string {
  const names = [...new Set(results.flatMap(({ rivals }) => [...rivals.keys()]))];
  const cell = (result: CaseResult, name: string) => {
    const figures = result.rivals.get(name);
    if (!figures) return "";
    return `${formatFigure(figures.value)} (${ratioTo(result, figures).toFixed(1)}x)`;
  };
  const ours = ({ bench, ours }: CaseResult) => {
    const cpu = ours.cpuUs !== undefined && bench.unit !== "MiB/s";
    return `**${formatFigure(ours.value)}** ${bench.unit}${cpu ? `, CPU ${ours.cpuUs?.toPrecision(2)} us` : ""}`;
  };
  const row = (result: CaseResult) =>
    `| ${[result.bench.title, ours(result), ...names.map((name) => cell(result, name))].join(" | ")} |`;
  return [
    `| case | Trunkline | ${names.join(" | ")} |`,
    `|---|--:|${names.map(() => "--:|").join("")}`,
    ...results.map(row),
  ].join("\n");
}

/** Puts the table between the markers of the README. */
export function writeTable(file: string, table: string): void {
  const text = readFileSync(file, "utf8");
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error(`${file} has no lines ${BEGIN} and ${END}`);
  writeFileSync(file, `${text.slice(0, from + BEGIN.length)}\n${table}\n${text.slice(to)}`);
}
