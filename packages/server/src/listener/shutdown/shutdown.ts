// Ends a server: health says so, clients are told to leave, calls finish, what is left is cut off. Always comes to an end.

import { Deferred, describeValue, type Log, UsageError } from "@trunkline/core";
import type { ServerObservers } from "../../telemetry/server-observers.js";
import type { Listener } from "../listener.js";
import type { OpenConnections } from "../open-connections.js";
import { checkHooks, runHook, type ShutdownHook } from "./hooks.js";
import {
  createReport,
  type HookReport,
  type ReportDraft,
  type ShutdownPhases,
  type ShutdownReport,
} from "./report.js";

/** Options of `Server.shutdown`. */
export interface ShutdownOptions {
  /**
   * How long running calls may take to finish after their clients were told to leave, in milliseconds; then they are cut
   * off. 0: at once, without a lame duck and hooks of `before`; Infinity: as long as they want. Default 10,000.
   */
  readonly graceMs?: number | undefined;
  /**
   * How long the server goes on as before, new connections and calls included, while health says NOT_SERVING, in
   * milliseconds, 0 to 2^31 - 1: time for load balancers to notice. Default 0.
   */
  readonly lameDuckMs?: number | undefined;
  /**
   * What to do once health says NOT_SERVING, before clients are told to leave, in this order: leaving a registry, for
   * example. Of several calls of `shutdown`, the first one's hooks are run. Default: nothing.
   */
  readonly before?: readonly ShutdownHook[] | undefined;
  /** What to do when the last connection is gone, in this order: closing a database, for example. Default: nothing. */
  readonly after?: readonly ShutdownHook[] | undefined;
  /**
   * Somebody else goes on serving at the same address, as in a restart: clients are told to leave before those who watch
   * health are told anything, so that they come back and find it well. Default false.
   */
  readonly handover?: boolean | undefined;
  /** Why the server ends, for the report and the log, for example `SIGTERM`. Default: nothing is said. */
  readonly reason?: string | undefined;
}

/** The default of `graceMs`. */
const DEFAULT_GRACE_MS = 10_000;

/** How long connections that have just been accepted may take to begin, in milliseconds. */
const SETTLE_MS = 250;

/** How long sockets may take to close after their connection has ended, in milliseconds. */
const LINGER_MS = 1_500;

/** The longest delay that a timer of Node.js can have. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Calls that a line of the log names; the report has more. */
const LOGGED_CALLS = 10;

/** What a shutdown ends. */
export interface ShutdownTargets {
  readonly listeners: readonly Listener[];
  readonly connections: OpenConnections;
  readonly observers: ServerObservers;
  readonly log: Log;
}

/** The end of one server, which may be asked for several times. */
export class Shutdown {
  readonly #targets: ShutdownTargets;
  #end: Promise<ShutdownReport> | undefined = undefined;
  #timer: NodeJS.Timeout | undefined = undefined;
  #graceMs = Number.POSITIVE_INFINITY;
  #cutOffAtMs = Number.POSITIVE_INFINITY;
  #isDraining = false;
  #isHandover = false;
  #isOver = false;
  /** Settles when nothing shall be waited for any more. */
  readonly #hurry = new Deferred<void>();
  #report: ReportDraft = createReport(undefined);
  #forcedAtMs: number | undefined = undefined;

  constructor(targets: ShutdownTargets) {
    this.#targets = targets;
  }

  get hasBegun(): boolean {
    return this.#end !== undefined;
  }

  /** Begins to end the server, or joins the end that has begun; the shortest grace counts. */
  begin(options: ShutdownOptions): Promise<ShutdownReport> {
    const { graceMs = DEFAULT_GRACE_MS, lameDuckMs = 0, before = [], after = [] } = options;
    if (!(lameDuckMs >= 0 && lameDuckMs <= MAX_TIMER_MS)) {
      throw new UsageError(
        `shutdown lameDuckMs must be from 0 to ${MAX_TIMER_MS}, not ${describeValue(lameDuckMs)}`,
      );
    }
    checkHooks("before", before);
    checkHooks("after", after);
    if (this.#end === undefined) {
      this.#graceMs = Math.max(0, graceMs);
      this.#isHandover = options.handover ?? false;
      this.#end = this.#run(lameDuckMs, before, after, options.reason);
    }
    this.#limit(graceMs);
    return this.#end;
  }

  async #run(
    lameDuckMs: number,
    before: readonly ShutdownHook[],
    after: readonly ShutdownHook[],
    reason: string | undefined,
  ): Promise<ShutdownReport> {
    const begunMs = performance.now();
    this.#report = createReport(reason);
    const isHurried = this.#graceMs === 0;
    const hasLameDuck = lameDuckMs > 0 && !isHurried;
    if (!hasLameDuck) this.#stopListening();
    // What handlers say to that, as health does to whoever watches, goes out before GOAWAY.
    if (this.#targets.observers.size > 0 && !this.#isHandover) {
      await undefined;
      this.#targets.observers.draining();
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (hasLameDuck) await this.#phase("lameDuckMs", () => this.#pause(lameDuckMs));
    if (before.length > 0 && !isHurried) {
      await this.#phase("beforeMs", () => this.#runHooks(before, "before"));
    }
    this.#stopListening();
    const undecided = this.#targets.listeners.flatMap((one) => one.whenDecided() ?? []);
    if (undecided.length > 0 && !isHurried) await this.#settle(undecided);
    await this.#drain();
    if (after.length > 0) await this.#phase("afterMs", () => this.#runHooks(after, "after"));
    this.#report.durationMs = performance.now() - begunMs;
    this.#tell();
    return this.#report;
  }

  #stopListening(): void {
    for (const listener of this.#targets.listeners) listener.stop();
  }

  /** Clients whose connections were accepted a moment ago are told to leave like all others. */
  async #settle(undecided: readonly Promise<void>[]): Promise<void> {
    const all = Promise.all(undecided).then(() => {});
    await this.#phase("settleMs", () => this.#pause(SETTLE_MS, all));
  }

  async #drain(): Promise<void> {
    const { listeners, connections } = this.#targets;
    connections.refuse();
    const closed = Promise.all(listeners.map((listener) => listener.end()));
    const { openConnections, streamsEnded } = connections.stats();
    this.#report.connections = openConnections;
    this.#isDraining = true;
    connections.drain();
    if (this.#isHandover) this.#targets.observers.draining();
    const begunMs = performance.now();
    this.#limit(this.#graceMs);
    await connections.whenEmpty();
    const endedMs = performance.now();
    clearTimeout(this.#timer);
    this.#isOver = true;
    const forcedAtMs = this.#forcedAtMs ?? endedMs;
    this.#note({ drainMs: forcedAtMs - begunMs, forceMs: endedMs - forcedAtMs });
    const ended = connections.stats().streamsEnded - streamsEnded;
    this.#report.finishedCalls = Math.max(0, ended - this.#report.cutCallCount);
    const linger = setTimeout(() => this.#destroySockets(), LINGER_MS);
    await this.#phase("closeMs", async () => void (await closed));
    clearTimeout(linger);
    this.#report.handlersLeft = connections.handlersLeft();
  }

  /** From now on, or from the beginning of the drain, this much time is left. */
  #limit(graceMs: number): void {
    const restMs = Math.max(0, graceMs);
    if (this.#isOver) return;
    this.#graceMs = Math.min(this.#graceMs, restMs);
    if (restMs === 0) this.#cutOff();
    if (!this.#isDraining || restMs === 0) return;
    const atMs = performance.now() + restMs;
    if (!(atMs < this.#cutOffAtMs)) return;
    this.#cutOffAtMs = atMs;
    clearTimeout(this.#timer);
    if (restMs <= MAX_TIMER_MS) this.#timer = setTimeout(() => this.#cutOff(), restMs);
  }

  #cutOff(): void {
    this.#hurry.resolve();
    this.#forcedAtMs ??= this.#isDraining ? performance.now() : undefined;
    if (!this.#isDraining) return;
    const { cutCalls, cutCallCount, cutConnections } = this.#targets.connections.cutOff();
    this.#report.cutCalls = [...this.#report.cutCalls, ...cutCalls];
    this.#report.cutCallCount += cutCallCount;
    this.#report.cutConnections += cutConnections;
  }

  #destroySockets(): void {
    for (const listener of this.#targets.listeners) listener.destroySockets();
  }

  async #runHooks(hooks: readonly ShutdownHook[], when: HookReport["when"]): Promise<void> {
    const { log } = this.#targets;
    // What comes after the last connection has time, however hurried the calls were.
    const hurry = when === "before" ? this.#hurry.promise : new Promise<void>(() => {});
    for (const hook of hooks) {
      const report = await runHook(hook, when, hurry);
      this.#report.hooks = [...this.#report.hooks, report];
      if (report.outcome === "done") continue;
      const { name, outcome, durationMs, error } = report;
      log.warn("a shutdown hook has not done its work", { name, outcome, durationMs, error });
    }
  }

  /** Waits, until nothing shall be waited for any more. */
  async #pause(ms: number, end?: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([late, this.#hurry.promise, ...(end === undefined ? [] : [end])]);
    clearTimeout(timer);
  }

  async #phase(name: keyof ShutdownPhases, run: () => Promise<void>): Promise<void> {
    const begunMs = performance.now();
    await run();
    this.#note({ [name]: performance.now() - begunMs });
  }

  #note(phases: Partial<ShutdownPhases>): void {
    this.#report.phases = { ...this.#report.phases, ...phases };
  }

  #tell(): void {
    const { cutCalls, cutCallCount, hooks, handlersLeft, ...rest } = this.#report;
    const fields = {
      ...rest,
      cutCallCount,
      handlersLeft,
      cutCalls: cutCalls.slice(0, LOGGED_CALLS),
      hooks: hooks.map(({ name, outcome }) => `${name}: ${outcome}`),
    };
    const wasAsked = this.#graceMs === 0;
    if (cutCallCount === 0 || wasAsked) this.#targets.log.info("the server has ended", fields);
    else this.#targets.log.warn("the server has ended, and calls were cut off", fields);
  }
}
