// Vitest's `describe`, `it` and hooks on `node:test`, which Bun and Deno map to their own runners.
import * as runner from "node:test";
import { within } from "./clock.js";
import { note, noteEnding } from "./journal.js";
import { rowOf, titleOf } from "./title.js";

const TEST_TIMEOUT_MS = 20_000;
const HOOK_TIMEOUT_MS = 10_000;
// Ours ends a test before: the runner's own only guards against a runner that is stuck.
const RUNNER_TIMEOUT_MS = 300_000;

type Body = (...args: unknown[]) => unknown;
type Declare = (name: string, body?: Body, timeoutMs?: number) => void;

const path: string[] = [];

function fullName(name: string): string {
  return [...path, name].join(" > ");
}

function declareSkipped(name: string): void {
  const full = fullName(name);
  note({ kind: "declared", name: full });
  note({ kind: "ended", name: full, ending: "skipped" });
  runner.it.skip(name, () => {});
}

function declareTest(name: string, body?: Body, timeoutMs: number = TEST_TIMEOUT_MS): void {
  if (!body) {
    declareSkipped(name);
    return;
  }
  const full = fullName(name);
  note({ kind: "declared", name: full });
  runner.it(name, { timeout: RUNNER_TIMEOUT_MS }, async () => {
    await noteEnding(full, () => within(timeoutMs, () => body()));
    note({ kind: "ended", name: full, ending: "passed" });
  });
}

function declareSuite(name: string, body?: Body): void {
  if (!body) return;
  runner.describe(name, () => {
    path.push(name);
    try {
      body();
    } finally {
      path.pop();
    }
  });
}

/** The forms that tests and suites have in common. */
interface Declaration extends Declare {
  each(rows: readonly unknown[]): Declare;
  skip: Declare;
  todo: Declare;
  skipIf(condition: unknown): Declare;
  runIf(condition: unknown): Declare;
}

function withForms(declare: Declare, skip: Declare): Declaration {
  const each =
    (rows: readonly unknown[]): Declare =>
    (template, body, timeoutMs) => {
      for (const value of rows) {
        const row = rowOf(value);
        declare(titleOf(template, row), body && (() => body(...row)), timeoutMs);
      }
    };
  return Object.assign((...args: Parameters<Declare>) => declare(...args), {
    each,
    skip,
    todo: skip,
    skipIf: (condition: unknown) => (condition ? skip : declare),
    runIf: (condition: unknown) => (condition ? declare : skip),
  });
}

type DeclareHook = (body: Body, timeoutMs?: number) => void;
type RunnerHook = (body: () => unknown, options: { timeout: number }) => void;

function hook(kind: string, declare: RunnerHook): DeclareHook {
  return (body, timeoutMs = HOOK_TIMEOUT_MS) => {
    const name = fullName(`(${kind})`);
    const run = async (): Promise<void> => {
      await noteEnding(name, () => within(timeoutMs, () => body()));
    };
    declare(run, { timeout: RUNNER_TIMEOUT_MS });
  };
}

/** Declares a test. */
export const it: Declaration = withForms(declareTest, declareSkipped);
/** Declares a suite. */
export const describe: Declaration = withForms(declareSuite, declareSkipped);
export const beforeAll: DeclareHook = hook("beforeAll", runner.before);
export const afterAll: DeclareHook = hook("afterAll", runner.after);
export const beforeEach: DeclareHook = hook("beforeEach", runner.beforeEach);
export const afterEach: DeclareHook = hook("afterEach", runner.afterEach);
