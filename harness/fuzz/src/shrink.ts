// Makes a failing scenario smaller: leaves out steps, and bytes at their ends, as long as it still fails.
import type { Scenario, Step } from "./scenario.js";

/** The smallest scenario that was found to fail, too. */
export function shrink(scenario: Scenario, fails: (candidate: Scenario) => boolean): Scenario {
  let smallest = scenario;
  for (let size = Math.ceil(scenario.steps.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.steps.length; ) {
      const steps = smallest.steps.toSpliced(at, size);
      const candidate = { ...smallest, steps };
      if (fails(candidate)) smallest = candidate;
      else at += size;
    }
  }
  return smallest;
}

/** A scenario as text that can be kept as a named case. */
export function formatScenario({ role, limits, steps }: Scenario): string {
  return JSON.stringify({ role, limits, steps: steps.map(formatStep) });
}

function formatStep(step: Step): string {
  switch (step.kind) {
    case "bytes":
      return `bytes ${Buffer.from(step.bytes).toString("hex")}`;
    case "time":
      return `time ${step.ms}`;
    case "act":
      return `act ${step.choice}`;
    default:
      return "take";
  }
}

/** The scenario that `formatScenario` wrote. */
export function parseScenario(text: string): Scenario {
  const { role, limits, steps } = JSON.parse(text) as Scenario & { readonly steps: string[] };
  return { role, limits, steps: (steps as unknown as string[]).map(parseStep) };
}

function parseStep(text: string): Step {
  const [kind, value = ""] = text.split(" ");
  if (kind === "bytes") return { kind, bytes: Uint8Array.from(Buffer.from(value, "hex")) };
  if (kind === "time") return { kind, ms: Number(value) };
  if (kind === "act") return { kind, choice: Number(value) };
  return { kind: "take" };
}
