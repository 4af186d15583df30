// Says how the attacks went: a line for each, as text or as JSON.
import type { Verdict } from "./judge.js";

const figure = (value: number): string => value.toFixed(1);

/** One line, and one more for each fault. */
export function formatText(verdict: Verdict): string {
  const { attack, faults, rssGrowthMiB, quietP99Ms, p99Ms, longestTurnMs, endings } = verdict;
  const { connections } = verdict;
  const mark = faults.length === 0 ? "ok  " : "FAIL";
  const [ending = "no connection"] = Object.entries(endings)
    .sort(([, a], [, b]) => b - a)
    .map(([text, count]) => `${text} (${count} of ${connections})`);
  const figures = `+${rssGrowthMiB} MiB, p99 ${figure(quietP99Ms)} -> ${figure(p99Ms)} ms, turn ${longestTurnMs} ms`;
  const lines = [`${mark} ${attack.name.padEnd(28)} ${figures}; ${ending}`];
  return [...lines, ...faults.map((fault) => `       ${fault}`)].join("\n");
}

/** One object a line. */
export function formatJson({ attack, ...figures }: Verdict): string {
  const { name, cve, against } = attack;
  return JSON.stringify({
    attack: name,
    cve,
    against,
    ok: figures.faults.length === 0,
    ...figures,
  });
}
