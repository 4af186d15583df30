// Tells callers without a type checker that an option is of the wrong kind, before anything is built on it.
import { UsageError } from "./usage-error.js";

/** A value, short enough to stand in the text of an error. */
export function describeValue(value: unknown): string {
  if (typeof value === "string") {
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}...` : value);
  }
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** @throws {UsageError} when the option is neither undefined nor a function. */
export function checkFunction(name: string, value: unknown): void {
  if (value === undefined || typeof value === "function") return;
  throw new UsageError(`option ${name} is ${describeValue(value)}; it must be a function`);
}

/** @throws {UsageError} when the option is neither undefined nor an array. */
export function checkArray(name: string, value: unknown): void {
  if (value === undefined || Array.isArray(value)) return;
  throw new UsageError(`option ${name} is ${describeValue(value)}; it must be an array`);
}

/** @throws {UsageError} when the option is neither undefined nor an object that is no array. */
export function checkObject(name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return;
  throw new UsageError(`option ${name} is ${describeValue(value)}; it must be an object`);
}

/** @throws {UsageError} when the option is neither undefined nor an array of functions. */
export function checkFunctions(name: string, value: unknown): void {
  checkArray(name, value);
  for (const [index, one] of ((value as unknown[] | undefined) ?? []).entries()) {
    if (typeof one !== "function") {
      throw new UsageError(
        `option ${name} has ${describeValue(one)} at index ${index}; all of it must be functions`,
      );
    }
  }
}

/** @throws {UsageError} when the option is neither undefined nor something with all of these methods. */
export function checkMethods(name: string, value: unknown, methods: readonly string[]): void {
  if (value === undefined) return;
  const given = value as Record<string, unknown> | null;
  const missing = methods.find((method) => typeof given?.[method] !== "function");
  if (missing === undefined) return;
  throw new UsageError(
    `option ${name} is ${describeValue(value)} without a method ${missing}; it must have ${methods.join(", ")}`,
  );
}

/** What both ends call in the objects that they are given. */
const optionMethods = {
  log: ["debug", "info", "warn", "error"],
  clock: ["now", "setTimer"],
  callScope: ["run", "current"],
} as const;

/** Options that channels and servers share. */
interface SharedOptions {
  readonly interceptors?: unknown;
  readonly log?: unknown;
  readonly clock?: unknown;
  readonly callScope?: unknown;
}

/** @throws {UsageError} for the first of them that cannot be used. */
export function checkSharedOptions(options: SharedOptions): void {
  checkFunctions("interceptors", options.interceptors);
  checkMethods("log", options.log, optionMethods.log);
  checkMethods("clock", options.clock, optionMethods.clock);
  checkMethods("callScope", options.callScope, optionMethods.callScope);
}
