// Logs: lines of JSON on stderr, of the service itself and of calls; and a file with all that calls consist of.
import { openBinaryLogFile, serverBinaryLog } from "@trunkline/plugins/binary-log";
import { createLineWriter, serverAccessLog, toLog } from "@trunkline/plugins/logging";
import type { Log } from "@trunkline/server";
import type { WorkerContext } from "@trunkline/server/cluster";
import { pino } from "pino";
import type { TelemetrySettings } from "../settings/telemetry-settings.js";
import type { Part } from "./part.js";

/** Where everything is logged, and what logs calls. */
export function createLogs(
  settings: TelemetrySettings,
  worker?: WorkerContext,
): {
  readonly log: Log;
  readonly part: Part;
} {
  const { stderr } = process;
  // Several processes write to one pipe, which mixes up long writes: then each line is written by itself.
  const logger = pino(
    { level: settings.logLevel, base: worker === undefined ? null : { worker: worker.id } },
    worker === undefined ? createLineWriter(stderr) : stderr,
  );
  const { accessLog: calls, logPayloads: methods } = settings;
  const payloads = methods.length > 0 ? { methods } : undefined;
  const observers =
    calls === "none" && payloads === undefined
      ? []
      : [serverAccessLog({ logger, calls, payloads })];
  return { log: toLog(logger), part: { observers } };
}

/** Nothing, unless a file is named. Each worker has one of its own, whose name ends in the worker's number. */
export async function createBinaryLog(
  settings: TelemetrySettings,
  log: Log,
  worker?: WorkerContext,
): Promise<Part> {
  const { binaryLogFile: file, binaryLogFilter: filter } = settings;
  if (file === undefined) return {};
  const sink = await openBinaryLogFile(worker === undefined ? file : `${file}.${worker.id}`, {
    log,
  });
  return { observers: [serverBinaryLog({ sink, filter })], close: () => sink.close() };
}
