// Where the library's log goes: one for the process, another one for a channel.
import { type Channel, createChannel, type Log, setLog } from "@trunkline/client";

/** What a logger such as pino takes: fields first. */
export interface FieldsFirst {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The logger as the library calls it: text first. */
export function toLog(logger: FieldsFirst): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
  };
}

/** Everything that names no log of its own writes to `logger` from now on. */
export function logTo(logger: FieldsFirst): void {
  setLog(toLog(logger));
}

/** A channel whose steps are told to a log of its own. */
export function createWatchedChannel(target: string, logger: FieldsFirst): Channel {
  return createChannel(target, { log: toLog(logger) });
}
