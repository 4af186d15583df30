// The reader of reports: it must not take a case for passed that has not said so.
import { describe, expect, test } from "vitest";
import { faultsOf, readOutput, readReport } from "./report.js";

const one = (body: string, counts = 'tests="1" skipped="0" failures="0" errors="0"'): string => `
<testsuites>
  <testsuite name="6.1. DATA" package="http2/6.1" id="6.1" ${counts}>
    <testcase package="http2/6.1" classname="Sends &#34;a &amp; b&#34;" time="0.1">${body}</testcase>
  </testsuite>
</testsuites>`;
const name = 'http2/6.1: Sends "a & b"';
const failure = '<failure message="x">y</failure>';

describe("a report", () => {
  test("names what passed, failed and was skipped", () => {
    expect(readReport(one("")).passed).toEqual([name]);
    const failed = 'tests="1" skipped="0" failures="1" errors="0"';
    expect(readReport(one(failure, failed)).failed).toEqual([name]);
    const errors = 'tests="1" skipped="0" failures="0" errors="1"';
    expect(readReport(one("<error/>", errors)).failed).toEqual([name]);
    const skipped = 'tests="1" skipped="1" failures="0" errors="0"';
    expect(readReport(one("<skipped></skipped>", skipped)).skipped).toEqual([name]);
  });

  test.each([
    ["without cases", "<testsuites></testsuites>"],
    ["that counts otherwise", one(failure)],
    ["that claims more than it holds", one("", 'tests="2" skipped="0" failures="0" errors="0"')],
    ["with cases outside of suites", `${one("")}<testcase package="a"/>`],
  ])("%s is refused", (_what, xml) => {
    expect(() => readReport(xml)).toThrow(/h2spec/);
  });
});

test("an expectation is met in full or not at all", () => {
  const report = { passed: ["a"], failed: ["b"], skipped: [] };
  expect(faultsOf(report, { total: 2, failing: ["b"] })).toEqual([]);
  expect(faultsOf(report, { total: 2 })).toEqual(["failed: b"]);
  expect(faultsOf(report, { total: 3, failing: ["b"] })).toEqual(["2 cases instead of 3"]);
  expect(faultsOf(report, { total: 2, failing: ["a", "b", "c"] })).toEqual([
    "passes, but is listed as failing: a",
    "listed as failing, but not run: c",
  ]);
  const skipping = { passed: ["a"], failed: [], skipped: ["b"] };
  expect(faultsOf(skipping, { total: 2 })).toEqual(["skipped: b"]);
});

describe("the output of h2specd", () => {
  const lines = "  4.1. Frame Format\n    ✔ 1: Sends a\n    × 2: Sends b\n      -> no\n";

  test("is read line by line", () => {
    const report = readOutput(`${lines}\n2 tests, 1 passed, 0 skipped, 1 failed`);
    expect(report).toEqual({ passed: ["Sends a"], failed: ["Sends b"], skipped: [] });
  });

  test.each([
    ["", "nothing"],
    ["2 tests, 2 passed, 0 skipped, 0 failed", "2 passed"],
    ["3 tests, 1 passed, 1 skipped, 1 failed", "1 skipped"],
  ])("and must agree with its sum: %s", (sum, said) => {
    expect(() => readOutput(`${lines}\n${sum}`)).toThrow(said);
  });
});
