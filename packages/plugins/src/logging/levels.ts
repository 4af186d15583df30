// How important the end of a call is, by its status: the levels of go-grpc-middleware, and what the user says instead.
import { Code, codeName, UsageError } from "@trunkline/core";

/** Levels that every logger has. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** A level, or that nothing is to be logged. */
export type LevelChoice = LogLevel | "none";

/** Which end logs. */
export type Component = "server" | "client";

const serverWarnings: ReadonlySet<Code> = new Set([
  Code.DEADLINE_EXCEEDED,
  Code.PERMISSION_DENIED,
  Code.RESOURCE_EXHAUSTED,
  Code.FAILED_PRECONDITION,
  Code.ABORTED,
  Code.OUT_OF_RANGE,
  Code.UNAVAILABLE,
]);
const serverErrors: ReadonlySet<Code> = new Set([
  Code.UNKNOWN,
  Code.UNIMPLEMENTED,
  Code.INTERNAL,
  Code.DATA_LOSS,
]);
const clientInfos: ReadonlySet<Code> = new Set([
  Code.UNKNOWN,
  Code.DEADLINE_EXCEEDED,
  Code.PERMISSION_DENIED,
  Code.UNAUTHENTICATED,
]);
const clientWarnings: ReadonlySet<Code> = new Set([
  Code.UNIMPLEMENTED,
  Code.INTERNAL,
  Code.UNAVAILABLE,
  Code.DATA_LOSS,
]);

/** The level of a status as long as nobody says otherwise. */
export function defaultLevel(component: Component, code: Code): LogLevel {
  if (component === "server") {
    if (serverErrors.has(code)) return "error";
    return serverWarnings.has(code) ? "warn" : "info";
  }
  if (clientWarnings.has(code)) return "warn";
  return clientInfos.has(code) ? "info" : "debug";
}

/** Levels by the names of status codes. */
export type LevelsByCode = Readonly<Partial<Record<keyof typeof Code, LevelChoice>>>;

const choices: readonly unknown[] = ["debug", "info", "warn", "error", "none"];

/**
 * The level of each status, by its number.
 * @throws {UsageError} for a name that is no status, and for a level that is none.
 */
export function levelTable(component: Component, own: LevelsByCode = {}): readonly LevelChoice[] {
  for (const [name, level] of Object.entries(own)) {
    if (!Object.hasOwn(Code, name)) {
      throw new UsageError(`option levels names ${JSON.stringify(name)}, which is no status code`);
    }
    checkLevel(`levels.${name}`, level);
  }
  return Object.values(Code).map(
    (code) => own[codeName(code) as keyof typeof Code] ?? defaultLevel(component, code),
  );
}

/** @throws {UsageError} for what is neither a level nor `none`. */
export function checkLevel(option: string, level: unknown): void {
  if (level === undefined || choices.includes(level)) return;
  throw new UsageError(
    `option ${option} is ${JSON.stringify(level)}; it must be one of ${choices.join(", ")}`,
  );
}
