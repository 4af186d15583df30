// Says how the scenarios went: a line while they are played, a table at the end.
import type { Scenario } from "../scenario.js";
import type { Verdict } from "./play.js";

const inMs = (value: number | undefined): string => (value === undefined ? "" : value.toFixed(1));

const verdictOf = ({ skipped, faults }: Verdict): string => {
  if (skipped !== undefined) return "skipped";
  return faults.length === 0 ? "ok" : "FAIL";
};

/** One line, and one more for each fault. */
export function formatLine(verdict: Verdict): string {
  const { scenario, calls, failed, skipped, faults } = verdict;
  const what = skipped ?? `${calls} calls, ${failed} failed`;
  const head = `${verdictOf(verdict).padEnd(7)} ${scenario.name}: ${what}`;
  return [head, ...faults.map((fault) => `          ${fault}`)].join("\n");
}

/** All of it, in Markdown. */
export function formatTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map((verdict) => {
    const { scenario, calls, failed, p50Ms, p99Ms, recoveryMs, remarks, skipped } = verdict;
    const figures = [inMs(p50Ms), inMs(p99Ms), recoveryMs?.toFixed(0) ?? ""];
    const cells = [scenario.name, String(calls), String(failed), skipped ?? remarks, ...figures];
    return [...cells, verdictOf(verdict)];
  });
  const head = [
    "scenario",
    "calls",
    "failed",
    "causes",
    "p50 ms",
    "p99 ms",
    "recovery ms",
    "verdict",
  ];
  const rule = ["---", "--:", "--:", "---", "--:", "--:", "--:", "---"];
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What there is, for `--list`. */
export function formatList(scenarios: readonly Scenario[]): string {
  return scenarios.map(({ name, about }) => `${name.padEnd(34)} ${about}`).join("\n");
}
