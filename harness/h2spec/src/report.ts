// Reads the JUnit report of h2spec, and judges it strictly: what does not say that it passed has not.

/** What became of the cases of one run. */
export interface Report {
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
}

const suites = /<testsuite\b([^>]*)>([\s\S]*?)<\/testsuite>/g;
const cases = /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;

/**
 * The cases by name, such as "http2/6.9.1: Sends SETTINGS frame ...".
 * @throws Error when the report contradicts itself or holds no cases.
 */
export function readReport(xml: string): Report {
  const report = { passed: [] as string[], failed: [] as string[], skipped: [] as string[] };
  for (const [, head = "", content = ""] of xml.matchAll(suites)) readSuite(report, head, content);
  const total = report.passed.length + report.failed.length + report.skipped.length;
  if (total === 0) throw new Error("the report of h2spec holds no cases");
  if (total !== xml.split("<testcase").length - 1) {
    throw new Error("the report of h2spec holds cases outside of its suites");
  }
  return report;
}

function readSuite(
  report: { passed: string[]; failed: string[]; skipped: string[] },
  head: string,
  content: string,
): void {
  const before = { failed: report.failed.length, skipped: report.skipped.length };
  let count = 0;
  for (const [, attributes = "", body = ""] of content.matchAll(cases)) {
    count++;
    const name = `${attribute(attributes, "package")}: ${attribute(attributes, "classname")}`;
    if (body.trim() === "") report.passed.push(name);
    else if (body.includes("<skipped")) report.skipped.push(name);
    else report.failed.push(name);
  }
  const found = {
    tests: count,
    skipped: report.skipped.length - before.skipped,
    failures: report.failed.length - before.failed,
  };
  const errors = Number(attribute(head, "errors"));
  const claimed = {
    tests: Number(attribute(head, "tests")),
    skipped: Number(attribute(head, "skipped")),
    failures: Number(attribute(head, "failures")) + errors,
  };
  if (JSON.stringify(found) === JSON.stringify(claimed)) return;
  const suite = attribute(head, "package");
  throw new Error(
    `suite ${suite} of h2spec claims ${JSON.stringify(claimed)} and holds ${JSON.stringify(found)}`,
  );
}

function attribute(head: string, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(head)?.[1] ?? "";
  return value.replaceAll("&#34;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");
}

/** The same from what h2specd prints: it writes no report. */
export function readOutput(text: string): Report {
  const named = (mark: string): string[] =>
    [...text.matchAll(new RegExp(`^\\s*${mark} \\d+: (.*)$`, "gm"))].map(([, name = ""]) => name);
  const passed = named("✔");
  const failed = named("×");
  const claims = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(text);
  const [, total, claimed, skipped, missed] = (claims ?? []).map(Number);
  const agrees = claimed === passed.length && missed === failed.length && skipped === 0;
  if (!agrees || total !== passed.length + failed.length) {
    throw new Error(
      `h2specd says "${claims?.[0] ?? "nothing"}", and shows ${passed.length} passed`,
    );
  }
  return { passed, failed, skipped: [] };
}

/** What a run must come to: so many cases, and exactly these failing. */
export interface Expectation {
  readonly total: number;
  /** Names of cases that fail, as `readReport` gives them. Default: none. */
  readonly failing?: readonly string[];
}

/** What is wrong with a report, in words; empty when it is as expected. */
export function faultsOf(report: Report, { total, failing = [] }: Expectation): string[] {
  const { passed, failed, skipped } = report;
  const faults: string[] = [];
  const count = passed.length + failed.length + skipped.length;
  if (count !== total) faults.push(`${count} cases instead of ${total}`);
  faults.push(...skipped.map((name) => `skipped: ${name}`));
  faults.push(...failed.filter((name) => !failing.includes(name)).map((name) => `failed: ${name}`));
  const better = failing.filter((name) => passed.includes(name));
  faults.push(...better.map((name) => `passes, but is listed as failing: ${name}`));
  const unknown = failing.filter((name) => !failed.includes(name) && !better.includes(name));
  faults.push(...unknown.map((name) => `listed as failing, but not run: ${name}`));
  return faults;
}
