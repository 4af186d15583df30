// One worker as the primary process sees it: its state, its connections, questions to it, its end.
import type { Worker } from "node:cluster";
import type { Socket } from "node:net";
import { Deferred } from "@trunkline/core";
import type { ListenPlace } from "../place/listen-address.js";
import type { ShutdownReport } from "../shutdown/report.js";
import { isOurs, type PrimaryMessage, type StopOptions, type WorkerMessage } from "./messages.js";
import type { Taker } from "./spread.js";

/** `starting`: it gets no connections yet. `ready`: it gets some. `stopping`: it gets no more. */
export type WorkerState = "starting" | "ready" | "stopping" | "gone";

/** How a worker process has ended. */
export interface WorkerExit {
  readonly code: number | null;
  readonly signal: string | null;
  /** What it could say of the reason. */
  readonly error: string | undefined;
}

/** What happens to a worker, for the primary. */
export interface WorkerHost {
  opening(worker: WorkerProcess, id: number, place: ListenPlace): void;
  ready(worker: WorkerProcess): void;
  exited(worker: WorkerProcess, exit: WorkerExit): void;
}

/** After its grace a worker is killed, when so many milliseconds more have passed. */
const patienceMs = 5000;

/** One worker process. */
export class WorkerProcess implements Taker {
  readonly id: number;
  readonly slot: number;
  readonly startedAtMs: number = Date.now();
  /** Rejects when it ends before that. */
  readonly whenReady: Deferred<void> = new Deferred<void>().silence();
  readonly whenGone: Deferred<WorkerExit> = new Deferred<WorkerExit>();
  connections = 0;
  lastTurn = 0;
  state: WorkerState = "starting";
  report: ShutdownReport | undefined = undefined;
  lastFigures: unknown = undefined;
  readonly #worker: Worker;
  readonly #host: WorkerHost;
  readonly #questions = new Map<number, Deferred<unknown>>();
  #lastQuestion = 0;
  #error: string | undefined = undefined;
  #killer: NodeJS.Timeout | undefined = undefined;

  constructor(worker: Worker, slot: number, host: WorkerHost) {
    this.#worker = worker;
    this.id = worker.id;
    this.slot = slot;
    this.#host = host;
    worker.on("message", (message: unknown) => {
      if (isOurs<WorkerMessage>(message)) this.#receive(message);
    });
    worker.on("error", () => {});
    worker.on("exit", (code, signal) => this.#exited(code, signal));
  }

  get pid(): number {
    return this.#worker.process.pid ?? 0;
  }

  /** @param onLost the worker has not got it. */
  handOver(key: string, socket: Socket, onLost: (socket: Socket) => void): void {
    this.#worker.process.send({ trunkline: "socket", key }, socket, {}, (error) => {
      if (error === null || error === undefined) return;
      this.connections--;
      onLost(socket);
    });
  }

  /** Says something; a worker that is gone does not hear it. */
  tell(message: PrimaryMessage): void {
    if (this.#worker.isConnected()) this.#worker.process.send(message, () => {});
  }

  /** Asks what the worker has an answer for, see `Worker.answer`. */
  ask(topic: string, timeoutMs: number): Promise<unknown> {
    const id = ++this.#lastQuestion;
    const question = new Deferred<unknown>();
    this.#questions.set(id, question);
    const timer = setTimeout(() => {
      this.#questions.delete(id);
      question.reject(
        new Error(`worker ${this.id} has not answered "${topic}" within ${timeoutMs} ms`),
      );
    }, timeoutMs);
    this.tell({ trunkline: "ask", id, topic });
    return question.promise.finally(() => clearTimeout(timer));
  }

  /** Has it end, and kills it when it does not. */
  stop(options: StopOptions): void {
    const wasAsked = this.state === "stopping";
    this.state = "stopping";
    this.tell({ trunkline: "stop", options });
    const ms = options.graceMs + options.lameDuckMs + patienceMs;
    if (options.graceMs < 0 || (wasAsked && options.graceMs > 0)) return;
    clearTimeout(this.#killer);
    this.#killer = setTimeout(() => this.kill(), Math.min(ms, 2 ** 31 - 1));
  }

  /** Ends it at once. */
  kill(): void {
    this.#worker.process.kill("SIGKILL");
  }

  #receive(message: WorkerMessage): void {
    switch (message.trunkline) {
      case "open":
        this.#host.opening(this, message.id, message.place);
        return;
      case "ready":
        if (this.state === "starting") this.state = "ready";
        this.whenReady.resolve();
        this.#host.ready(this);
        return;
      case "failed":
        this.#error = message.error;
        return;
      case "closed":
        this.connections -= message.count;
        return;
      case "answer":
        this.#answered(message.id, message.value, message.error);
        return;
      case "stopped":
        this.report = message.report;
        this.lastFigures = message.figures;
        return;
    }
  }

  #answered(id: number, value: unknown, error: string | undefined): void {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    if (error === undefined) question?.resolve(value);
    else question?.reject(new Error(`worker ${this.id}: ${error}`));
  }

  #exited(code: number | null, signal: string | null): void {
    clearTimeout(this.#killer);
    const exit = { code, signal, error: this.#error };
    const how = this.#error ?? (signal === null ? `exit code ${code}` : signal);
    this.whenReady.reject(new Error(`worker ${this.id} has ended before it was ready: ${how}`));
    for (const question of this.#questions.values()) {
      question.reject(new Error(`worker ${this.id} has ended: ${how}`));
    }
    this.#questions.clear();
    // Before the state is: whoever is told needs to know how it was.
    this.#host.exited(this, exit);
    this.state = "gone";
    this.whenGone.resolve(exit);
  }
}
