// Loggers of all kinds behind one face: those that take fields first (pino), and those that take the message first.
import {
  checkMethods,
  formatLogLine,
  type Log,
  type LogFields,
  scrubCredentials,
  UsageError,
} from "@trunkline/core";
import type { LogLevel } from "./levels.js";

/** `fields-first`: `logger.info(fields, message)`, as pino has it. `message-first`: `logger.info(message, fields)`. */
export type ArgumentOrder = "fields-first" | "message-first";

/** Any logger with these four methods: pino, winston, bunyan, a `Log` of Trunkline, `console`. */
export interface Logger {
  /** What only those who look for a fault want to read. */
  debug(...args: never[]): unknown;
  /** What happened in the ordinary course of things. */
  info(...args: never[]): unknown;
  /** What somebody should look at, some day. */
  warn(...args: never[]): unknown;
  /** What failed. */
  error(...args: never[]): unknown;
}

/** What access logs write to. */
export interface LineWriter {
  /** Whether lines of the level go anywhere: where not, nothing is put together. */
  isEnabled(level: LogLevel): boolean;
  /** @param fields those that are undefined are left out. */
  write(level: LogLevel, message: string, fields: LogFields): void;
  /** A writer whose lines begin with `fields`. */
  bind(fields: LogFields): LineWriter;
}

/** What more loggers like pino have. */
interface FieldsFirstLogger {
  level?: unknown;
  child?(fields: object): FieldsFirstLogger;
  isLevelEnabled?(level: string): boolean;
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

class FieldsFirstWriter implements LineWriter {
  readonly #logger: FieldsFirstLogger;
  /** What this one is a child of; itself, where it is none. */
  readonly #root: FieldsFirstLogger;

  constructor(logger: FieldsFirstLogger, root: FieldsFirstLogger = logger) {
    this.#logger = logger;
    this.#root = root;
  }

  isEnabled(level: LogLevel): boolean {
    return this.#root.isLevelEnabled?.(level) ?? true;
  }

  write(level: LogLevel, message: string, fields: LogFields): void {
    const logger = this.#logger;
    // Children of pino keep the level that they were born with, whatever happens to that of their parent.
    if (logger.level !== this.#root.level) logger.level = this.#root.level;
    logger[level](fields, message);
  }

  bind(fields: LogFields): LineWriter {
    // A child has written its fields already when a line comes.
    if (typeof this.#logger.child === "function") {
      return new FieldsFirstWriter(this.#logger.child(fields), this.#root);
    }
    return new BoundWriter(this, fields);
  }
}

class MessageFirstWriter implements LineWriter {
  readonly #logger: Log;

  constructor(logger: Log) {
    this.#logger = logger;
  }

  isEnabled(): boolean {
    return true;
  }

  write(level: LogLevel, message: string, fields: LogFields): void {
    this.#logger[level](message, withoutUndefined(fields));
  }

  bind(fields: LogFields): LineWriter {
    return new BoundWriter(this, fields);
  }
}

/** Fields in front of each line, for loggers that cannot do it themselves. */
class BoundWriter implements LineWriter {
  readonly #base: LineWriter;
  readonly #fields: LogFields;

  constructor(base: LineWriter, fields: LogFields) {
    this.#base = base;
    this.#fields = fields;
  }

  isEnabled(level: LogLevel): boolean {
    return this.#base.isEnabled(level);
  }

  write(level: LogLevel, message: string, fields: LogFields): void {
    this.#base.write(level, message, { ...this.#fields, ...fields });
  }

  bind(fields: LogFields): LineWriter {
    return new BoundWriter(this.#base, { ...this.#fields, ...fields });
  }
}

function withoutUndefined(fields: LogFields): LogFields {
  const known: Record<string, unknown> = {};
  for (const name in fields) if (fields[name] !== undefined) known[name] = fields[name];
  return known;
}

/** `console` breaks objects into lines of their own; a line that is made up before stays one. */
const consoleLog: Log = {
  debug: (message, fields) => console.debug(formatLogLine("debug", message, fields)),
  info: (message, fields) => console.info(formatLogLine("info", message, fields)),
  warn: (message, fields) => console.warn(formatLogLine("warn", message, fields)),
  error: (message, fields) => console.error(formatLogLine("error", message, fields)),
};

/**
 * The writer for a logger.
 * @param order undefined: fields first for pino and bunyan, which are recognised; message first for all others.
 * @throws {UsageError} when the logger lacks one of the four methods.
 */
export function toLineWriter(logger: Logger, order?: ArgumentOrder): LineWriter {
  checkMethods("logger", logger, ["debug", "info", "warn", "error"]);
  if (order !== undefined && order !== "fields-first" && order !== "message-first") {
    throw new UsageError(
      `option order is ${JSON.stringify(order)}; it must be fields-first or message-first`,
    );
  }
  if ((order ?? orderOf(logger)) === "fields-first") {
    return new FieldsFirstWriter(logger as unknown as FieldsFirstLogger);
  }
  return new MessageFirstWriter((logger as unknown) === console ? consoleLog : (logger as Log));
}

/** pino has `bindings()`, bunyan its `fields`; both have children. */
function orderOf(logger: Logger): ArgumentOrder {
  const { child, bindings, fields, streams } = logger as unknown as Record<string, unknown>;
  const isPino = typeof bindings === "function";
  const isBunyan = typeof fields === "object" && Array.isArray(streams);
  return typeof child === "function" && (isPino || isBunyan) ? "fields-first" : "message-first";
}

/**
 * Any logger as the `log` of channels and servers, and for `setLog`: pino given as it is would take the fields of Trunkline's own
 * messages for something to format, and drop them. Errors among the fields become `{ type, message, stack }`; what looks like
 * a credential is left out of all text.
 * @param order see `toLineWriter`. Default: by what the logger is.
 * @throws {UsageError} when the logger lacks one of the methods `debug`, `info`, `warn` and `error`.
 * @example
 * setLog(toLog(pino()));
 */
export function toLog(logger: Logger, order?: ArgumentOrder): Log {
  const writer = toLineWriter(logger, order);
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (writer.isEnabled(level)) {
        writer.write(level, scrubCredentials(message), cleanFields(fields));
      }
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function cleanFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, cleanValue(value, 0)]),
  );
}

/** Chains of causes end here. */
const maxCauses = 8;

function cleanValue(value: unknown, depth: number): unknown {
  if (typeof value === "string") return scrubCredentials(value);
  if (typeof value === "bigint") return String(value);
  if (!(value instanceof Error)) return value;
  return {
    type: value.name,
    message: scrubCredentials(value.message),
    stack: scrubCredentials(value.stack ?? ""),
    ...(value.cause !== undefined && depth < maxCauses
      ? { cause: cleanValue(value.cause, depth + 1) }
      : {}),
  };
}
