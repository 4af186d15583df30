// Logs: lines of JSON on stderr, of the service itself and of calls; and a file with all that calls consist of.
import { openBinaryLogFile, serverBinaryLog } from "@trunkline/plugins/binary-log";
import { createLineWriter, serverAccessLog, toLog } from "@trunkline/plugins/logging";
import type { Log } from "@trunkline/server";
import { pino } from "pino";
import type { TelemetrySettings } from "../settings/telemetry-settings.js";
import type { Part } from "./part.js";

/** Where everything is logged, and what logs calls. */
export function createLogs(settings: TelemetrySettings): {
  readonly log: Log;
  readonly part: Part;
} {
  const logger = pino({ level: settings.logLevel, base: null }, createLineWriter(process.stderr));
  const { accessLog: calls, logPayloads: methods } = settings;
  const payloads = methods.length > 0 ? { methods } : undefined;
  const observers =
    calls === "none" && payloads === undefined
      ? []
      : [serverAccessLog({ logger, calls, payloads })];
  return { log: toLog(logger), part: { observers } };
}

/** Nothing, unless a file is named. */
export async function createBinaryLog(settings: TelemetrySettings, log: Log): Promise<Part> {
  const { binaryLogFile, binaryLogFilter: filter } = settings;
  if (binaryLogFile === undefined) return {};
  const sink = await openBinaryLogFile(binaryLogFile, { log });
  return { observers: [serverBinaryLog({ sink, filter })], close: () => sink.close() };
}
