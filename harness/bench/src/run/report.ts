// The results of a case as a JSON line, and as text for a terminal.
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

/** What `--json` prints of a case, one object on one line. */
export interface CaseFigures {
  readonly case: string;
  readonly unit: string;
  readonly ours: number;
  readonly rivals: Readonly<Record<string, number>>;
  /** Above 1 always means that we are better. */
  readonly ratios: Readonly<Record<string, number>>;
  /** CPU time for one of what the unit counts, of the process that is measured; ours is `trunkline`. */
  readonly cpuUs: Readonly<Record<string, number>>;
  readonly peakRssMib: Readonly<Record<string, number>>;
  readonly p50Us: Readonly<Record<string, number>>;
  readonly floor?: { readonly value: number; readonly cpuUs: number };
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

/** A figure as people read it. */
export function formatFigure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}
