// The primary process: listens, hands connections to the workers, replaces those that crash, restarts and ends all.
import cluster from "node:cluster";
import type { Socket } from "node:net";
import { Deferred, type Log, UsageError } from "@trunkline/core";
import type { ListenAddress, ListenPlace } from "../place/listen-address.js";
import { runHook } from "../shutdown/hooks.js";
import type { ShutdownOptions } from "../shutdown/shutdown.js";
import { CrashPolicy } from "./crash-policy.js";
import { type Figures, sumFigures } from "./figures.js";
import { type AllCoresReport, mergeReports, type WorkerEnd } from "./merged-report.js";
import { type StopOptions, slotVariable, toWire } from "./messages.js";
import type { AllCoresPlan } from "./options.js";
import { SharedSockets } from "./shared-sockets.js";
import { Spread } from "./spread.js";
import { type WorkerExit, type WorkerHost, WorkerProcess } from "./worker-process.js";

/** Connections that wait for a worker; further ones are closed. */
const mostWaiting = 1024;

/** The end that was asked for, or the one of a single restart. */
const defaultGraceMs = 10_000;

/** What a worker says of itself. */
export interface WorkerFigures<F = Figures> {
  /** The number of the worker, a new one after each restart. */
  readonly id: number;
  /** Its place, 1 to the number of workers. */
  readonly slot: number;
  /** Its process. */
  readonly pid: number;
  /** What it has answered. */
  readonly figures: F;
}

/** See `PrimaryProcess`, which is all that applications get to see of this. */
export class Primary implements WorkerHost {
  readonly #plan: AllCoresPlan;
  readonly #log: Log;
  readonly #workers = new Set<WorkerProcess>();
  readonly #spread = new Spread<WorkerProcess>();
  readonly #sockets: SharedSockets;
  readonly #crashes: CrashPolicy;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ended = new Deferred<AllCoresReport>().silence();
  /** What workers that have ended in good order had counted. */
  #past: Figures = {};
  #waiting: { readonly key: string; readonly socket: Socket }[] = [];
  #restart: Promise<void> | undefined = undefined;
  #shutdown: Promise<AllCoresReport> | undefined = undefined;
  #hasStarted = false;
  /** Why all has to end. */
  #failure: Error | undefined = undefined;

  constructor(plan: AllCoresPlan) {
    this.#plan = plan;
    this.#log = plan.log;
    this.#crashes = new CrashPolicy(plan.crashes);
    this.#sockets = new SharedSockets((key, socket) => this.#accepted(key, socket));
  }

  get workers(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  get addresses(): readonly ListenAddress[] {
    return this.#shutdown === undefined ? [...this.#sockets.addresses] : [];
  }

  get ended(): Promise<AllCoresReport> {
    return this.#ended.promise;
  }

  /** Starts all workers; when one cannot start, none does. */
  async start(): Promise<void> {
    const { workers, exec } = this.#plan;
    if (exec !== undefined) cluster.setupPrimary({ exec });
    const all = Array.from({ length: workers }, (_, index) => this.#fork(index + 1));
    try {
      await Promise.all(all.map((worker) => this.#whenReady(worker)));
    } catch (error) {
      await this.shutdown({ graceMs: 0 });
      throw error;
    }
    this.#hasStarted = true;
  }

  restart(): Promise<void> {
    if (this.#shutdown !== undefined) throw new UsageError("cannot restart: all is being ended");
    this.#restart ??= this.#restartAll().finally(() => {
      this.#restart = undefined;
    });
    return this.#restart;
  }

  shutdown(options: ShutdownOptions = {}): Promise<AllCoresReport> {
    const stop = this.#toStop(options, false);
    if (this.#shutdown !== undefined) {
      for (const worker of this.#workers) worker.stop(stop);
      return this.#shutdown;
    }
    this.#shutdown = this.#end(options, stop);
    this.#shutdown.then((report) => {
      if (this.#failure === undefined) this.#ended.resolve(report);
      else this.#ended.reject(this.#failure);
    }, this.#ended.reject);
    return this.#shutdown;
  }

  async ask<T>(topic: string, timeoutMs = 5000): Promise<WorkerFigures<T>[]> {
    const ready = this.workers.filter(({ state }) => state === "ready");
    const answers = await Promise.all(
      ready.map(async (worker) => {
        const { id, slot, pid } = worker;
        try {
          const figures = (await worker.ask(topic, timeoutMs)) as T;
          return [{ id, slot, pid, figures }];
        } catch (error) {
          // It has ended meanwhile: then it is none of them any more.
          if (!this.#workers.has(worker)) return [];
          throw error;
        }
      }),
    );
    return answers.flat();
  }

  async aggregate(): Promise<{ total: Figures; workers: WorkerFigures[] }> {
    const workers = await this.ask<Figures>("figures");
    return { total: sumFigures([this.#past, ...workers.map(({ figures }) => figures)]), workers };
  }

  // --- for the workers

  opening(worker: WorkerProcess, id: number, place: ListenPlace): void {
    const key = this.#sockets.keyOf(place);
    this.#sockets.open(place).then(
      (address) => worker.tell({ trunkline: "opened", id, key, address }),
      (error: NodeJS.ErrnoException) => {
        const { message, code } = error;
        worker.tell({ trunkline: "opened", id, key, error: { message, code } });
      },
    );
  }

  ready(worker: WorkerProcess): void {
    this.#log.info("a worker is ready", { worker: worker.id, slot: worker.slot, pid: worker.pid });
    for (const { key, socket } of this.#waiting.splice(0)) this.#accepted(key, socket);
  }

  exited(worker: WorkerProcess, exit: WorkerExit): void {
    this.#workers.delete(worker);
    this.#past = sumFigures([this.#past, worker.lastFigures]);
    const { id, slot, state } = worker;
    if (state === "stopping") {
      this.#log.info("a worker has ended", { worker: id, slot });
      return;
    }
    // Why the first ones cannot start is thrown.
    const level = this.#hasStarted ? "error" : "info";
    this.#log[level]("a worker has crashed", { worker: id, slot, ...exit });
    if (this.#hasStarted && this.#shutdown === undefined) this.#replace(slot);
  }

  // --- inside

  #fork(slot: number): WorkerProcess {
    const worker = new WorkerProcess(cluster.fork({ [slotVariable]: String(slot) }), slot, this);
    this.#workers.add(worker);
    return worker;
  }

  async #whenReady(worker: WorkerProcess): Promise<void> {
    const { readyTimeoutMs } = this.#plan;
    const timer = setTimeout(() => {
      worker.whenReady.reject(
        new Error(`worker ${worker.id} was not ready within readyTimeoutMs, ${readyTimeoutMs} ms`),
      );
      worker.kill();
    }, readyTimeoutMs);
    await worker.whenReady.promise.finally(() => clearTimeout(timer));
  }

  #replace(slot: number): void {
    const delayMs = this.#crashes.crashed(performance.now());
    if (delayMs === undefined) {
      const error = new Error(`all is ended after ${this.#crashes.verdict}`);
      this.#log.error("workers crash again and again", { error });
      this.#failure = error;
      this.shutdown({ ...this.#plan.shutdown, reason: "crashes" }).catch(() => {});
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      // A restart may have filled the place, or be trying to.
      if (this.workers.some((one) => one.slot === slot && one.state !== "stopping")) return;
      this.#whenReady(this.#fork(slot)).catch((error: unknown) => {
        this.#log.error("a worker could not be replaced", { slot, error });
      });
    }, delayMs);
    this.#timers.add(timer);
  }

  #accepted(key: string, socket: Socket): void {
    if (socket.destroyed) return;
    const ready = this.workers.filter(({ state }) => state === "ready");
    const worker = this.#spread.take(ready);
    if (worker !== undefined) {
      worker.handOver(key, socket, (lost) => this.#accepted(key, lost));
    } else if (this.#waiting.length < mostWaiting && this.#shutdown === undefined) {
      this.#waiting.push({ key, socket });
    } else socket.destroy();
  }

  /** One after the other, and the new one is ready before the old one stops. */
  async #restartAll(): Promise<void> {
    this.#log.info("restarting", { workers: this.#workers.size });
    for (const old of this.workers.filter(({ state }) => state === "ready")) {
      if (this.#shutdown !== undefined) return;
      const fresh = this.#fork(old.slot);
      try {
        await this.#whenReady(fresh);
      } catch (cause) {
        const error = new Error(`the restart was given up, worker ${old.id} goes on`, { cause });
        this.#log.error("a restart has failed", { error: cause });
        throw error;
      }
      if (old.state !== "ready") continue;
      const { lameDuckMs: _, ...rest } = this.#plan.shutdown;
      old.stop(this.#toStop({ ...rest, reason: "restart" }, true));
      await old.whenGone.promise;
    }
    this.#log.info("restarted", { workers: this.#workers.size });
  }

  #toStop(options: ShutdownOptions, handover: boolean): StopOptions {
    const { graceMs = defaultGraceMs, lameDuckMs = 0, reason } = options;
    return { graceMs: toWire(graceMs), lameDuckMs, reason, handover };
  }

  async #end(options: ShutdownOptions, stop: StopOptions): Promise<AllCoresReport> {
    const begunMs = performance.now();
    const { before = [], after = [], lameDuckMs = 0, reason } = options;
    for (const timer of this.#timers) clearTimeout(timer);
    const never = new Promise<void>(() => {});
    const hooks = [];
    for (const hook of before) hooks.push(await runHook(hook, "before", never));
    const all = this.workers;
    for (const worker of all) worker.stop(stop);
    const isHurried = stop.graceMs === 0;
    const closing = setTimeout(() => this.#sockets.close(), isHurried ? 0 : lameDuckMs);
    for (const { socket } of this.#waiting.splice(0)) socket.destroy();
    await Promise.all(all.map(({ whenGone }) => whenGone.promise));
    clearTimeout(closing);
    this.#sockets.close();
    for (const hook of after) hooks.push(await runHook(hook, "after", never));
    const ends = all.map(({ id, report }): WorkerEnd => ({ worker: id, report }));
    const report = mergeReports(reason, ends);
    report.hooks = [...report.hooks, ...hooks];
    report.durationMs = performance.now() - begunMs;
    const { durationMs, finishedCalls, cutCallCount, handlersLeft } = report;
    const fields = { reason, durationMs, finishedCalls, cutCallCount, handlersLeft };
    if (cutCallCount === 0 || isHurried) this.#log.info("all workers have ended", fields);
    else this.#log.warn("all workers have ended, and calls were cut off", fields);
    return report;
  }
}
