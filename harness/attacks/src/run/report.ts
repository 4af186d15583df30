// Says how the attacks went: a line for each, as text or as JSON.
import type { Attack, Ending } from "../attack.js";
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

/** What a pattern looks for, for people; nothing where anything will do. */
function inWords({ source }: RegExp): string {
  const text = source.replace(/^\^|: $|\$$/g, "").replaceAll("|", " or ");
  return text === "." || text === "" ? "" : `, \`${text}\``;
}

const endingsInWords: {
  readonly [K in Ending["kind"]]: (ending: Ending & { kind: K }) => string;
} = {
  goaway: ({ code, debug }) => `GOAWAY ${code}${inWords(debug)}`,
  closed: () => "closed",
  reset: ({ code }) => `RST_STREAM ${code}`,
  answered: ({ status }) => `grpc-status ${status}`,
  throttled: () => "made to wait",
  tolerated: () => "tolerated: it costs little",
};

function describe<K extends Ending["kind"]>(ending: Ending & { kind: K }): string {
  const text = endingsInWords[ending.kind] as (ending: Ending & { kind: K }) => string;
  return text(ending);
}

/** The catalogue as a table for people, as docs/attacks.md shows it. */
export function formatTable(attacks: readonly Attack[]): string {
  const rows = attacks.map(({ name, cve, sends, ending, counter, against }) => {
    const ends = [ending].flat().map(describe).join(", or ");
    const counted = counter !== undefined && against === "server" ? `\`${counter}\`` : "";
    const cells = [`\`${name}\``, cve ?? "", sends, ends, counted];
    return `| ${cells.join(" | ")} |`;
  });
  const head = [
    "| attack | known as | what it sends | how it ends | counter |",
    "|---|---|---|---|---|",
  ];
  return [...head, ...rows].join("\n");
}
