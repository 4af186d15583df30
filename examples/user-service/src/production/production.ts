// Everything that the settings add to a server so that it may go live, in the order in which calls meet it.
import { validate } from "@trunkline/plugins/validate";
import type { Log, Server, ServerOptions } from "@trunkline/server";
import type { WorkerContext } from "@trunkline/server/cluster";
import type { Config } from "../settings/config.js";
import { createLoadLimits, createRateLimits } from "./limits.js";
import { createBinaryLog, createLogs } from "./logs.js";
import { createOtlpExport, createPrometheus } from "./metrics.js";
import type { Part } from "./part.js";
import { createSecurity } from "./security.js";

/** What is needed to be fit for production. */
export interface Production {
  readonly log: Log;
  /** For `createServer`. */
  readonly serverOptions: ServerOptions;
  /** Called once the server is there. */
  attach(server: Server): void;
  /** Ends what was opened: files, ports, connections. */
  close(): Promise<void>;
}

/**
 * What was opened is closed again when the rest cannot be.
 * @param worker the process is one of several: its logs say which, and its metrics are asked for.
 */
export async function createProduction(
  config: Config,
  worker?: WorkerContext,
): Promise<Production> {
  const { auth, limits, telemetry, validateResponses: responses } = config;
  const { log, part: accessLog } = createLogs(telemetry, worker);
  const parts: Part[] = [accessLog];
  const close = async (): Promise<void> => {
    for (const part of parts.splice(0).reverse()) await part.close?.();
  };
  try {
    parts.push(await createPrometheus(telemetry, log, worker));
    parts.push(await createOtlpExport(telemetry));
    parts.push(await createBinaryLog(telemetry, log, worker));
    // What is too much costs least; who is nobody cannot use up anybody's rate; what is malformed counts, too.
    parts.push(createLoadLimits(limits));
    parts.push(await createSecurity(auth, log));
    parts.push(await createRateLimits(limits, log));
    parts.push({ interceptors: [validate({ responses, log })] });
  } catch (error) {
    await close();
    throw error;
  }
  const interceptors = parts.flatMap((part) => part.interceptors ?? []);
  const observers = parts.flatMap((part) => part.observers ?? []);
  return {
    log,
    serverOptions: { log, interceptors, observers, maxConnections: limits.maxConnections },
    attach(server) {
      for (const part of parts) part.attach?.(server);
    },
    close,
  };
}
