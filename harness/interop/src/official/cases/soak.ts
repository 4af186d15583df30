// The cases that do the same many times: calls on one channel, and a channel for each call.
import { expect } from "vitest";
import type { OfficialCase, Target } from "../case.js";
import { callLargeUnary } from "./unary.js";

/** The flags of the soak cases, in the words of the descriptions. */
export interface SoakSettings {
  readonly iterations: number;
  /** Iterations that may fail or take too long. */
  readonly maxFailures: number;
  readonly perIterationMaxAcceptableLatencyMs: number;
  readonly overallTimeoutSeconds: number;
}

const LIMITS = {
  maxFailures: 0,
  perIterationMaxAcceptableLatencyMs: 1_000,
  overallTimeoutSeconds: 60,
};

/** What every soak case is run with, whoever the client is. */
export const soakSettings: Readonly<Record<"rpc_soak" | "channel_soak", SoakSettings>> = {
  rpc_soak: { iterations: 1_000, ...LIMITS },
  channel_soak: { iterations: 100, ...LIMITS },
};

/** Runs one iteration after the other; the failures are listed in words. */
async function soak(settings: SoakSettings, iterate: () => Promise<void>): Promise<void> {
  const failures: string[] = [];
  const endsMs = performance.now() + settings.overallTimeoutSeconds * 1_000;
  let done = 0;
  for (; done < settings.iterations && performance.now() < endsMs; done++) {
    const startMs = performance.now();
    await iterate().catch((error) => failures.push(`iteration ${done}: ${error}`));
    const tookMs = performance.now() - startMs;
    if (tookMs > settings.perIterationMaxAcceptableLatencyMs) {
      failures.push(`iteration ${done}: took ${tookMs} ms`);
    }
  }
  expect(done, "iterations before the overall timeout").toBe(settings.iterations);
  expect(failures.slice(settings.maxFailures)).toEqual([]);
}

async function callOnce(target: Target): Promise<void> {
  try {
    await callLargeUnary(target);
  } finally {
    await target.close();
  }
}

/** See the file's first line. */
export const soakCases: readonly OfficialCase[] = [
  {
    name: "rpc_soak",
    run: (target) => soak(soakSettings.rpc_soak, () => callLargeUnary(target)),
  },
  {
    name: "channel_soak",
    run: (target) => soak(soakSettings.channel_soak, () => callOnce(target.reconnect())),
  },
];
