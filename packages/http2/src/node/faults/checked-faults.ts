// The faults of one direction as a test sets them: what cannot be meant is refused when it is set.
import { UsageError } from "../../usage-error.js";
import { type LaneFaults, noFaults } from "./lane.js";

type Name = keyof LaneFaults;

/**
 * Faults whose members may be set at any time.
 * @param direction what errors call them: `toServer`.
 * @param given what they are at first; the rest is `noFaults`.
 * @throws {UsageError} for a number out of its range, now and whenever one is set, and for other names.
 */
export function createFaults(
  direction: string,
  given: Partial<LaneFaults> | undefined,
): LaneFaults {
  const values = noFaults();
  const faults: Partial<LaneFaults> = {};
  for (const name of Object.keys(values) as Name[]) {
    Object.defineProperty(faults, name, {
      enumerable: true,
      get: () => values[name],
      set(value: number) {
        values[name] = checkFault(direction, name, value);
      },
    });
  }
  Object.preventExtensions(faults);
  for (const [name, value] of Object.entries(given ?? {})) {
    if (!(name in values)) throw new UsageError(`a faulty transport has no ${direction}.${name}`);
    if (value !== undefined) faults[name as Name] = value;
  }
  return faults as LaneFaults;
}

function checkFault(direction: string, name: Name, value: number): number {
  const isAboveZero = name === "bytesPerSecond";
  const isGood = typeof value === "number" && (isAboveZero ? value > 0 : value >= 0);
  if (isGood && (name !== "delayMs" || value < Number.POSITIVE_INFINITY)) return value;
  const range = isAboveZero ? "a number above 0" : "a number, 0 or more";
  throw new UsageError(`${direction}.${name} is ${String(value)}; it must be ${range}`);
}
