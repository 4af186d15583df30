// The log of a worker: each line says which worker writes it.
import { type Log, type LogFields, stderrLog } from "@trunkline/core";

/** What is written to stderr, with the number of the worker among the fields. */
export function withWorker(worker: number, log: Log = stderrLog): Log {
  const add = (fields: LogFields | undefined): LogFields => ({ worker, ...fields });
  return {
    debug: (message, fields) => log.debug(message, add(fields)),
    info: (message, fields) => log.info(message, add(fields)),
    warn: (message, fields) => log.warn(message, add(fields)),
    error: (message, fields) => log.error(message, add(fields)),
  };
}
