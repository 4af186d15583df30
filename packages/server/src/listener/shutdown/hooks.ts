// What applications do when their server ends, step by step, none of which can hold up the end for ever.
import { describeValue, UsageError } from "@trunkline/core";
import type { HookReport } from "./report.js";

/** One thing to do when a server ends. */
export interface ShutdownHook {
  /** For the report and the log, for example `leave the registry`. */
  readonly name: string;
  /** Does it. What it throws is logged, and the next hook is run. */
  run(): void | Promise<void>;
  /** How long it is waited for, in milliseconds, 1 to 2^31 - 1. Default 5,000. */
  readonly timeoutMs?: number | undefined;
}

const defaultTimeoutMs = 5000;
const maxTimeoutMs = 2 ** 31 - 1;

/** @throws {UsageError} for what is no hook. */
export function checkHooks(name: string, hooks: readonly ShutdownHook[]): void {
  for (const hook of hooks) {
    if (typeof hook?.run !== "function") {
      throw new UsageError(
        `shutdown ${name} takes hooks with a name and a function run, not ${describeValue(hook)}`,
      );
    }
    const { timeoutMs = defaultTimeoutMs } = hook;
    if (timeoutMs >= 1 && timeoutMs <= maxTimeoutMs) continue;
    throw new UsageError(
      `the shutdown hook ${describeValue(hook.name)} must have timeoutMs from 1 to ${maxTimeoutMs}, not ${describeValue(timeoutMs)}`,
    );
  }
}

/**
 * Runs one hook.
 * @param hurry settles when there is no time left for hooks.
 */
export async function runHook(
  hook: ShutdownHook,
  when: HookReport["when"],
  hurry: Promise<void>,
): Promise<HookReport> {
  const { name, timeoutMs = defaultTimeoutMs } = hook;
  const begunMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"timed out">((resolve) => {
    timer = setTimeout(() => resolve("timed out"), timeoutMs);
    void hurry.then(() => resolve("timed out"));
  });
  let error: unknown;
  const done = async (): Promise<"done" | "failed"> => {
    try {
      await hook.run();
      return "done";
    } catch (thrown) {
      error = thrown;
      return "failed";
    }
  };
  const outcome = await Promise.race([done(), late]);
  clearTimeout(timer);
  const durationMs = performance.now() - begunMs;
  return { name, when, durationMs, outcome, error: outcome === "failed" ? error : undefined };
}
