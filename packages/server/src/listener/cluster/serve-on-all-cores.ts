// One process that listens, and workers that serve: `serveOnAllCores`, the same call in all of them.
import cluster from "node:cluster";
import { setLog, UsageError } from "@trunkline/core";
import type { ListenAddress } from "../place/listen-address.js";
import type { ShutdownOptions } from "../shutdown/shutdown.js";
import { readCpuQuota } from "./cpu-quota.js";
import type { Figures } from "./figures.js";
import { withWorker } from "./labelled-log.js";
import type { AllCoresReport } from "./merged-report.js";
import { slotVariable } from "./messages.js";
import { type AllCoresOptions, planAllCores } from "./options.js";
import { Primary, type WorkerFigures } from "./primary.js";
import { heedSignals } from "./signals.js";
import { WorkerInside } from "./worker.js";
import type { WorkerContext } from "./worker-context.js";
import type { WorkerState } from "./worker-process.js";

/** A worker process, as the primary process sees it. */
export interface WorkerInfo {
  /** The number of the worker, a new one after each restart. */
  readonly id: number;
  /** Its place, 1 to the number of workers. */
  readonly slot: number;
  /** Its process. */
  readonly pid: number;
  /** What it is doing. */
  readonly state: WorkerState;
  /** Connections that it has been given and that are open. */
  readonly connections: number;
  /** When it was started, in epoch milliseconds. */
  readonly startedAtMs: number;
}

/** What all workers say of themselves. */
export interface Aggregate {
  /**
   * Sums, name by name: `server` has those of `Server.stats()`, `process` the CPU time and memory, the others are from
   * `worker.addFigures`. What workers had counted that were restarted is included, so that counters only grow; what
   * crashed took its figures along.
   */
  readonly total: Figures;
  /** Those of each worker that is ready. */
  readonly workers: readonly WorkerFigures[];
}

/** The process that listens. */
export interface PrimaryProcess {
  /** Which process this is. */
  readonly role: "primary";
  /** The workers that there are now, in the order in which they were started. */
  readonly workers: readonly WorkerInfo[];
  /** Where connections are accepted. */
  readonly addresses: readonly ListenAddress[];
  /** Settles when all has ended, by `shutdown` or a signal; rejects when workers crashed again and again. */
  readonly ended: Promise<AllCoresReport>;
  /**
   * What all workers say of themselves, and the sums.
   * @throws Error when one has not answered within 5 seconds.
   */
  aggregate(): Promise<Aggregate>;
  /**
   * Asks each worker that is ready what it answers to `topic`, see `worker.answer`. One that ends meanwhile is left out.
   * @param timeoutMs how long they may take, in milliseconds. Default 5,000.
   * @throws Error when one has failed, or has not answered in time.
   */
  ask<T>(topic: string, timeoutMs?: number): Promise<readonly WorkerFigures<T>[]>;
  /**
   * Restarts the workers one by one: a new one is ready before the old one tells its clients to come back and lets
   * their calls finish. No call fails by that. Several calls at a time are one.
   * @throws Error when a new worker cannot start; the old ones go on.
   * @throws {UsageError} when all is being ended.
   */
  restart(): Promise<void>;
  /** Ends all workers as `Server.shutdown` does, at the same time, and accepts nothing any more. */
  shutdown(options?: ShutdownOptions): Promise<AllCoresReport>;
}

/** A process that serves. */
export interface WorkerRole {
  /** Which process this is. */
  readonly role: "worker";
  /** What `start` has got. */
  readonly worker: WorkerContext;
}

/**
 * Serves on several cores: the process that calls this first becomes the primary one, which accepts connections and starts
 * workers; they run the same program, and with it `start`. Settles when all workers are ready; in a worker, when `start` has.
 * @throws {UsageError} when an option is out of its range.
 * @throws Error when a worker cannot be started.
 * @example
 * await serveOnAllCores({
 *   async start(worker) {
 *     const server = createServer();
 *     server.addService(UserService, implementation);
 *     await worker.listen(server, { host: "0.0.0.0", port: 50051 });
 *   },
 * });
 */
export async function serveOnAllCores(
  options: AllCoresOptions,
): Promise<PrimaryProcess | WorkerRole> {
  const slot = Number(process.env[slotVariable]);
  if (cluster.isWorker && slot > 0) return runWorker(options, slot);
  if (cluster.isWorker) {
    throw new UsageError("serveOnAllCores has to be called in the primary process of the cluster");
  }
  const plan = planAllCores(options, readCpuQuota());
  const primary = new Primary(plan);
  await primary.start();
  if (plan.heedsSignals) heedSignals(primary, plan);
  if (plan.exit) {
    // Whoever heeds signals knows better which code it is.
    const end = (code: number) => (): unknown => setImmediate(() => process.exit(code));
    primary.ended.then(end(0), end(1));
  }
  return new PrimaryFace(primary);
}

async function runWorker(options: AllCoresOptions, slot: number): Promise<WorkerRole> {
  const worker = new WorkerInside(cluster.worker?.id ?? 0, slot);
  setLog(withWorker(worker.id));
  if (options.heedsSignals ?? true) {
    // A terminal and systemd tell each process of a group: what follows is up to the primary one.
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
  }
  try {
    await options.start(worker);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    worker.send({ trunkline: "failed", error: text }, () => process.exit(1));
    throw error;
  }
  worker.send({ trunkline: "ready" });
  return { role: "worker", worker };
}

class PrimaryFace implements PrimaryProcess {
  readonly role = "primary" as const;
  readonly #primary: Primary;

  constructor(primary: Primary) {
    this.#primary = primary;
  }

  get workers(): readonly WorkerInfo[] {
    return this.#primary.workers.map(({ id, slot, pid, state, connections, startedAtMs }) => ({
      id,
      slot,
      pid,
      state,
      connections,
      startedAtMs,
    }));
  }

  get addresses(): readonly ListenAddress[] {
    return this.#primary.addresses;
  }

  get ended(): Promise<AllCoresReport> {
    return this.#primary.ended;
  }

  aggregate(): Promise<Aggregate> {
    return this.#primary.aggregate();
  }

  ask<T>(topic: string, timeoutMs?: number): Promise<readonly WorkerFigures<T>[]> {
    return this.#primary.ask<T>(topic, timeoutMs);
  }

  restart(): Promise<void> {
    return this.#primary.restart();
  }

  shutdown(options?: ShutdownOptions): Promise<AllCoresReport> {
    return this.#primary.shutdown(options);
  }
}
