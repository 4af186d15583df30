// All scenarios, in the order in which they are played.
import type { Scenario } from "./scenario.js";
import { balance } from "./scenarios/balance.js";
import { goodbye } from "./scenarios/goodbye.js";
import { killed } from "./scenarios/killed.js";
import { leaks } from "./scenarios/leaks.js";
import { silence } from "./scenarios/silence.js";

/** See the file's first line. */
export const scenarios: readonly Scenario[] = [
  ...killed,
  ...goodbye,
  ...silence,
  ...balance,
  ...leaks,
];

/** Those with these names; without names all but the long ones. */
export function findScenarios(names: readonly string[], withLong: boolean): readonly Scenario[] {
  if (names.length === 0) return scenarios.filter(({ isLong }) => withLong || isLong !== true);
  return names.map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found === undefined) {
      throw new Error(
        `there is no scenario ${name}; there are ${scenarios.map((s) => s.name).join(", ")}`,
      );
    }
    return found;
  });
}
