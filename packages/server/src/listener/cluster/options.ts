// What `serveOnAllCores` can be told, checked before anything is started.
import { availableParallelism } from "node:os";
import { describeValue, type Log, processLog, UsageError } from "@trunkline/core";
import { checkHooks } from "../shutdown/hooks.js";
import type { ShutdownOptions } from "../shutdown/shutdown.js";
import type { CrashOptions } from "./crash-policy.js";
import type { WorkerContext } from "./worker-context.js";

/** Options of `serveOnAllCores`. */
export interface AllCoresOptions {
  /**
   * Runs in each worker: makes the server, adds its services, and has `worker.listen` listen. The worker gets connections
   * once this has settled; when it throws at the first start, `serveOnAllCores` fails.
   */
  start(worker: WorkerContext): void | Promise<void>;
  /**
   * Worker processes, 1 to 1024. Default: as many as `os.availableParallelism()`, which heeds the processors that the process
   * may use, and the quota of its control group (version 2 or 1) rounded up.
   */
  readonly workers?: number | undefined;
  /**
   * The program that the workers run; it must call `serveOnAllCores` as well. Default: the one that runs.
   */
  readonly exec?: string | undefined;
  /** How long a worker may take until `start` has settled, in milliseconds, 1 to 2^31 - 1. Default 30,000. */
  readonly readyTimeoutMs?: number | undefined;
  /** How crashes of workers are met. Default: see each. */
  readonly crashes?: CrashOptions | undefined;
  /**
   * How all is ended by a signal; `graceMs` is that of a restart, too. Hooks run in the primary process, `before` while the
   * workers still serve, `after` when they are gone; for those of each worker see `worker.onShutdown`. Default: those of
   * `Server.shutdown`.
   */
  readonly shutdown?: Omit<ShutdownOptions, "reason"> | undefined;
  /**
   * SIGTERM and SIGINT end all, a second one at once; SIGHUP restarts the workers one by one. Workers leave these signals to
   * the primary process. Default true.
   */
  readonly heedsSignals?: boolean | undefined;
  /** Ends the primary process when all has ended: with 0, or with 1 when workers crashed again and again. Default true. */
  readonly exit?: boolean | undefined;
  /** Where the primary process tells what happens to workers. Default: what `setLog` names, at first stderr. */
  readonly log?: Log | undefined;
}

/** Options with every default filled in. */
export interface AllCoresPlan {
  readonly workers: number;
  readonly exec: string | undefined;
  readonly readyTimeoutMs: number;
  readonly crashes: CrashOptions;
  readonly shutdown: Omit<ShutdownOptions, "reason">;
  readonly heedsSignals: boolean;
  readonly exit: boolean;
  readonly log: Log;
}

/** @throws {UsageError} when an option is out of its range. */
export function planAllCores(options: AllCoresOptions, quota: number | undefined): AllCoresPlan {
  const { shutdown = {}, crashes = {}, readyTimeoutMs = 30_000 } = options;
  const workers = options.workers ?? Math.min(availableParallelism(), quota ?? Infinity);
  if (typeof options.start !== "function") {
    throw new UsageError(
      `serveOnAllCores needs a function start, not ${describeValue(options.start)}`,
    );
  }
  checkWhole("workers", workers, 1, 1024);
  checkWhole("readyTimeoutMs", readyTimeoutMs, 1, 2 ** 31 - 1);
  const { minBackoffMs = 100, maxBackoffMs = 30_000, maxCrashes = 10, withinMs = 60_000 } = crashes;
  checkWhole("crashes.minBackoffMs", minBackoffMs, 0, 2 ** 31 - 1);
  checkWhole("crashes.maxBackoffMs", maxBackoffMs, 0, 2 ** 31 - 1);
  checkWhole("crashes.withinMs", withinMs, 1, 2 ** 31 - 1);
  if (maxCrashes !== Number.POSITIVE_INFINITY) {
    checkWhole("crashes.maxCrashes", maxCrashes, 1, 2 ** 31 - 1);
  }
  checkHooks("before", shutdown.before ?? []);
  checkHooks("after", shutdown.after ?? []);
  return {
    workers,
    exec: options.exec,
    readyTimeoutMs,
    crashes,
    shutdown,
    heedsSignals: options.heedsSignals ?? true,
    exit: options.exit ?? true,
    log: options.log ?? processLog,
  };
}

function checkWhole(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `serveOnAllCores option ${name} must be a whole number from ${least} to ${most}, not ${describeValue(value)}`,
  );
}
