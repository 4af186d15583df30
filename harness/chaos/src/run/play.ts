// Plays one scenario in good order: within its time, with everything that it needs, and nothing left behind.
import type { Measured, Scenario } from "../scenario.js";
import { type Evidence, toFigures } from "./evidence.js";
import { type Namespace, openNamespace } from "./namespace.js";
import { Stage } from "./stage.js";

/** How it went. */
export interface Verdict {
  readonly scenario: Scenario;
  readonly calls: number;
  readonly failed: number;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly recoveryMs?: number | undefined;
  /** Causes of failures with their numbers, or what else was measured. */
  readonly remarks: string;
  readonly faults: readonly string[];
  /** Why it was not played. */
  readonly skipped?: string | undefined;
}

/** What a scenario may take beyond its harm, milliseconds. */
const overtimeMs = 60_000;
const longMs = 600_000;

const nothing = { calls: 0, failed: 0, remarks: "" };

/** Plays it, and judges. */
export async function play(scenario: Scenario, ms: number, stages: Set<Stage>): Promise<Verdict> {
  const namespace = scenario.needsNamespace ? await openNamespace() : undefined;
  if (typeof namespace === "string") {
    return { scenario, ...nothing, faults: [], skipped: namespace };
  }
  const stage = new Stage({ ms, within: namespace?.within ?? [] });
  stages.add(stage);
  try {
    return judge(scenario, await withinTime(scenario, stage));
  } catch (error) {
    return { scenario, ...nothing, faults: [(error as Error).message] };
  } finally {
    await clear(stage, namespace);
    stages.delete(stage);
  }
}

async function clear(stage: Stage, namespace: Namespace | undefined): Promise<void> {
  await stage.strike();
  namespace?.end();
}

async function withinTime(scenario: Scenario, stage: Stage): Promise<Evidence | Measured> {
  const limitMs = (scenario.isLong ? longMs : overtimeMs) + stage.ms;
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`has not ended within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([scenario.play(stage), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

function judge(scenario: Scenario, found: Evidence | Measured): Verdict {
  if ("figures" in found) {
    const { calls, figures, faults } = found;
    return { scenario, calls, failed: 0, remarks: figures, faults };
  }
  const { causes, ...figures } = toFigures(found);
  const remarks = Object.entries(causes)
    .map(([cause, count]) => `${count} x ${cause}`)
    .join("; ");
  return { scenario, ...figures, remarks, faults: scenario.rules.flatMap((rule) => rule(found)) };
}
