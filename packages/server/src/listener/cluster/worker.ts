// A worker process from the inside: takes connections from the primary process, answers it, and ends when it is told to.
import type { Socket } from "node:net";
import { describeValue, UsageError } from "@trunkline/core";
import type { ListenOptions } from "../listen-options.js";
import type { ListenAddress, ListenPlace } from "../place/listen-address.js";
import type { OpenSource, SocketSource } from "../place/socket-source.js";
import type { ShutdownOptions } from "../shutdown/shutdown.js";
import { type Figures, sumFigures } from "./figures.js";
import { mergeReports } from "./merged-report.js";
import {
  fromWire,
  isOurs,
  type PrimaryMessage,
  type StopOptions,
  type WorkerMessage,
} from "./messages.js";
import type { WorkerContext, WorkerServer } from "./worker-context.js";

type Opened = Extract<PrimaryMessage, { trunkline: "opened" }>;

/** See `WorkerContext`. */
export class WorkerInside implements WorkerContext, SocketSource {
  readonly id: number;
  readonly slot: number;
  readonly #servers = new Set<WorkerServer>();
  readonly #takers = new Map<string, (socket: Socket) => void>();
  readonly #openings = new Map<number, (opened: Opened) => void>();
  readonly #answers = new Map<string, () => unknown>();
  readonly #figures = new Map<string, () => Figures | number>();
  readonly #before: NonNullable<ShutdownOptions["before"]>[number][] = [];
  readonly #after: NonNullable<ShutdownOptions["after"]>[number][] = [];
  readonly #cpuAtStart = process.cpuUsage();
  #lastOpening = 0;
  #closed = 0;
  #end: Promise<void> | undefined = undefined;

  constructor(id: number, slot: number) {
    this.id = id;
    this.slot = slot;
    this.#answers.set("figures", () => this.#readFigures());
    process.on("message", (message: unknown, handle: unknown) => {
      if (isOurs<PrimaryMessage>(message)) this.#receive(message, handle as Socket | undefined);
    });
  }

  async listen(server: WorkerServer, options: ListenOptions = {}): Promise<ListenAddress> {
    const address = await server.listen({ ...options, source: this });
    this.#servers.add(server);
    return address;
  }

  answer(topic: string, read: () => unknown): void {
    if (this.#answers.has(topic)) {
      throw new UsageError(`the topic ${describeValue(topic)} has an answer already`);
    }
    this.#answers.set(topic, read);
  }

  addFigures(name: string, read: () => Figures | number): void {
    if (this.#figures.has(name) || name === "server" || name === "process") {
      throw new UsageError(`the figures ${describeValue(name)} are there already`);
    }
    this.#figures.set(name, read);
  }

  onShutdown({ before = [], after = [] }: Pick<ShutdownOptions, "before" | "after">): void {
    this.#before.push(...before);
    this.#after.push(...after);
  }

  /** Tells the primary process. */
  send(message: WorkerMessage, sent?: () => void): void {
    if (process.connected) process.send?.(message, undefined, {}, () => sent?.());
    else sent?.();
  }

  // --- for the listeners

  async open(place: ListenPlace, onSocket: (socket: Socket) => void): Promise<OpenSource> {
    const id = ++this.#lastOpening;
    const { key, address, error } = await new Promise<Opened>((resolve) => {
      this.#openings.set(id, resolve);
      this.send({ trunkline: "open", id, place });
    });
    if (address === undefined) {
      throw Object.assign(new Error(error?.message), { code: error?.code });
    }
    if (this.#takers.has(key)) {
      throw new UsageError(`a server of this worker listens on ${address.address} already`);
    }
    this.#takers.set(key, onSocket);
    return { address, close: () => void this.#takers.delete(key) };
  }

  // --- inside

  #receive(message: PrimaryMessage, handle: Socket | undefined): void {
    switch (message.trunkline) {
      case "socket":
        this.#take(message.key, handle);
        return;
      case "opened":
        this.#openings.get(message.id)?.(message);
        this.#openings.delete(message.id);
        return;
      case "ask":
        void this.#answer(message.id, message.topic);
        return;
      case "stop":
        void this.#stop(message.options);
        return;
    }
  }

  /** A socket that its client has closed meanwhile does not arrive. */
  #take(key: string, socket: Socket | undefined): void {
    const taker = this.#takers.get(key);
    if (socket === undefined || taker === undefined) {
      socket?.destroy();
      this.#noteClosed();
      return;
    }
    socket.on("close", () => this.#noteClosed());
    taker(socket);
  }

  /** Those of one turn of the event loop are told together. */
  #noteClosed(): void {
    this.#closed++;
    if (this.#closed > 1) return;
    setImmediate(() => {
      const count = this.#closed;
      this.#closed = 0;
      this.send({ trunkline: "closed", count });
    });
  }

  async #answer(id: number, topic: string): Promise<void> {
    try {
      const read = this.#answers.get(topic);
      if (read === undefined) throw new UsageError(`nobody answers the topic "${topic}"`);
      this.send({ trunkline: "answer", id, value: await read() });
    } catch (error) {
      this.send({ trunkline: "answer", id, error: (error as Error).message ?? String(error) });
    }
  }

  #readFigures(): Figures {
    const { user, system } = process.cpuUsage(this.#cpuAtStart);
    const { rss, heapUsed } = process.memoryUsage();
    const own = [...this.#figures].map(([name, read]) => [name, read()] as const);
    return {
      server: sumFigures([...this.#servers].map((server) => server.stats())),
      process: { cpuMs: (user + system) / 1000, rssBytes: rss, heapUsedBytes: heapUsed },
      ...Object.fromEntries(own),
    };
  }

  /** What is gone with the process does not count afterwards. */
  #lastFigures(): Figures {
    const { process: ended, ...rest } = this.#readFigures();
    return { ...rest, process: { cpuMs: (ended as { cpuMs: number }).cpuMs } };
  }

  #stop(stop: StopOptions): Promise<void> {
    const { lameDuckMs, handover, reason } = stop;
    const graceMs = fromWire(stop.graceMs);
    if (this.#end !== undefined) {
      // The grace may have become shorter.
      for (const server of this.#servers) void server.shutdown({ graceMs });
      return this.#end;
    }
    this.#end = this.#endAll({ graceMs, lameDuckMs, handover, reason });
    return this.#end;
  }

  async #endAll(options: ShutdownOptions): Promise<void> {
    const servers = [...this.#servers];
    const ends = servers.map((server, index) => {
      const isFirst = index === 0;
      return server.shutdown({
        ...options,
        before: isFirst ? this.#before : [],
        after: isFirst ? this.#after : [],
      });
    });
    const reports = await Promise.all(ends);
    const report = mergeReports(
      options.reason,
      reports.map((one) => ({ worker: this.id, report: one })),
    );
    const { workers: _, ...rest } = report;
    const sent = (): never => process.exit(0);
    this.send({ trunkline: "stopped", report: rest, figures: this.#lastFigures() }, sent);
  }
}
