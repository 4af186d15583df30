// Starts the service on several cores: this process listens, and workers serve, which share a PostgreSQL server.
import { fileURLToPath } from "node:url";
import type { Log } from "@trunkline/server";
import { type PrimaryProcess, serveOnAllCores } from "@trunkline/server/cluster";
import { Opened } from "./opened.js";
import { createLogs } from "./production/logs.js";
import { openMetricsOfWorkers } from "./production/metrics.js";
import type { Config } from "./settings/config.js";
import { type RunningService, toStartupError } from "./start.js";
import { openDatabase } from "./storage/driver/open-database.js";

const workerProgram = fileURLToPath(new URL("worker.js", import.meta.url));

/**
 * Starts the workers, which read the same variables; SIGHUP restarts them one by one.
 * @throws {StartupError} as `startService` does.
 */
export async function startWorkers(config: Config): Promise<RunningService> {
  const { telemetry, graceMs, drainMs: lameDuckMs } = config;
  const { log } = createLogs(telemetry);
  const opened = new Opened();
  const close = (): Promise<void> => opened.close();
  const shutdown = { graceMs, lameDuckMs, after: [{ name: "metrics and database", run: close }] };
  try {
    // Before all others, so that what is wrong with it is told once and in short.
    const database = opened.add(await openDatabase(config));
    let primary: PrimaryProcess | undefined;
    const ask = async () => (await primary?.ask<object[]>("metrics")) ?? [];
    opened.add(await openMetricsOfWorkers(telemetry, log, ask));
    const workers = (await serveOnAllCores({
      workers: config.workers === "auto" ? undefined : config.workers,
      exec: workerProgram,
      start() {},
      shutdown,
      // Those that end the service are heeded by whoever has started it.
      heedsSignals: false,
      log,
    })) as PrimaryProcess;
    primary = workers;
    restartOnHangup(workers, log);
    return {
      address: workers.addresses[0]!.address,
      workers: workers.workers.length,
      database,
      stop: () => workers.shutdown(shutdown),
    };
  } catch (error) {
    await close();
    throw toStartupError(error);
  }
}

/** Why a restart is given up, is in the log already. */
function restartOnHangup(primary: PrimaryProcess, log: Log): void {
  process.on("SIGHUP", async () => {
    try {
      await primary.restart();
    } catch (error) {
      log.warn("the workers were not restarted", { error });
    }
  });
}
