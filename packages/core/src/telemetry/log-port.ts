// The port through which every room logs, and the default behind it: one line on stderr.
import { checkMethods } from "../status/option-checks.js";
import { escapeControls, scrubCredentials } from "./log-text.js";
import { isTraced, type TracedPart, traceSettings, type Verbosity, verbosities } from "./trace.js";

/** Values that go with a log message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where log messages go. Loggers like pino fit with a wrapper of a line for each level. */
export interface Log {
  /** What only those who look for a fault want to read. */
  debug(message: string, fields?: LogFields): void;
  /** What happened in the ordinary course of things. */
  info(message: string, fields?: LogFields): void;
  /** What somebody should look at, some day. */
  warn(message: string, fields?: LogFields): void;
  /** What failed: a handler's unknown exception, for instance, with `error` among the fields. */
  error(message: string, fields?: LogFields): void;
}

/**
 * The default log: warnings and errors as one line each on stderr. `TRUNKLINE_VERBOSITY` sets another
 * level (debug, info, warn, error, none), `TRUNKLINE_TRACE` names the parts whose steps are written.
 */
export const stderrLog: Log = Object.freeze({
  debug: (message: string, fields?: LogFields): void => {
    const { parts } = traceSettings();
    if (shows("debug") && (parts.size === 0 || isTraced(fields?.part as TracedPart))) {
      console.error(withTime(formatLogLine("debug", message, fields)));
    }
  },
  info: (message: string, fields?: LogFields): void => {
    if (shows("info")) console.error(withTime(formatLogLine("info", message, fields)));
  },
  warn: (message: string, fields?: LogFields): void => {
    if (shows("warn")) console.warn(formatLogLine("warn", message, fields));
  },
  error: (message: string, fields?: LogFields): void => {
    if (shows("error")) console.error(formatLogLine("error", message, fields));
  },
});

function shows(level: Verbosity): boolean {
  return verbosities.indexOf(level) >= verbosities.indexOf(traceSettings().verbosity);
}

/** Whoever reads steps wants to know when each was taken. */
function withTime(line: string): string {
  return `${new Date().toISOString()} ${line}`;
}

let current: Log = stderrLog;

/**
 * Has everything that names no `log` of its own write to `log` from now on: channels, servers and
 * resolvers that are there already included.
 * @param log undefined: `stderrLog` again.
 * @throws {UsageError} when it lacks one of the four methods.
 * @example
 * setLog(pinoLike);
 */
export function setLog(log: Log | undefined): void {
  checkMethods("log", log, ["debug", "info", "warn", "error"]);
  current = log ?? stderrLog;
}

/** What `setLog` was given last, `stderrLog` at first. */
export const processLog: Log = Object.freeze({
  debug: (message: string, fields?: LogFields): void => current.debug(message, fields),
  info: (message: string, fields?: LogFields): void => current.info(message, fields),
  warn: (message: string, fields?: LogFields): void => current.warn(message, fields),
  error: (message: string, fields?: LogFields): void => current.error(message, fields),
});

/**
 * Tells a step of a part, on level debug. For steps that are rare; where they are not, `isTraced` is asked first.
 * @param fields names, ids, states and times: never metadata, messages or secrets.
 */
export function traceStep(log: Log, part: TracedPart, message: string, fields?: LogFields): void {
  try {
    log.debug(message, { part, ...fields });
  } catch {
    // A step is told in the middle of a change of state, which must not stop half-way.
  }
}

/** A log that says nothing. */
export const silentLog: Log = Object.freeze({
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: ignore,
});

/**
 * A log message as one line: `trunkline error: the handler failed method="/a.B/C" error="..."`. Errors
 * are written with their stack; control characters are escaped, values cut at 16,384 characters, and what looks like a
 * credential (`scrubCredentials`) is left out. Never throws.
 */
export function formatLogLine(level: string, message: string, fields?: LogFields): string {
  let line = `trunkline ${level}: ${scrubCredentials(escapeBreaks(message))}`;
  for (const [name, value] of Object.entries(fields ?? {})) {
    line += ` ${name}=${scrubCredentials(bound(formatValue(value)))}`;
  }
  return escapeControls(line);
}

function ignore(): void {}

// A stack with eight causes fits.
const maxValueChars = 16_384;

function bound(value: string): string {
  const rest = value.length - maxValueChars;
  return rest <= 0 ? value : `${value.slice(0, maxValueChars)}... (${rest} more)`;
}

function escapeBreaks(text: string): string {
  return /[\r\n]/.test(text) ? JSON.stringify(text) : text;
}

function formatValue(value: unknown): string {
  try {
    if (value instanceof Error) {
      return JSON.stringify(describeError(value));
    }
    return JSON.stringify(value, bigIntToText) ?? String(value);
  } catch {
    return '"(cannot be shown)"';
  }
}

// Protobuf messages hold 64-bit numbers as bigint, which JSON.stringify refuses.
function bigIntToText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

// Chains of causes end here: longer ones are circles, or help nobody.
const maxCauses = 8;

function describeError(error: Error, depth: number = 0): string {
  const text = error.stack ?? String(error);
  return error.cause instanceof Error && depth < maxCauses
    ? `${text}\ncaused by ${describeError(error.cause, depth + 1)}`
    : text;
}
