// What `start` gets in each worker: who it is, and how it listens, answers and ends.
import type { ListenOptions } from "../listen-options.js";
import type { ListenAddress } from "../place/listen-address.js";
import type { ShutdownReport } from "../shutdown/report.js";
import type { ShutdownOptions } from "../shutdown/shutdown.js";
import type { Figures } from "./figures.js";

/** What of a server a worker needs. */
export interface WorkerServer {
  /** See `Server`. */
  listen(options?: ListenOptions): Promise<ListenAddress>;
  /** See `Server`. */
  shutdown(options?: ShutdownOptions): Promise<ShutdownReport>;
  /** See `Server`. */
  stats(): object;
}

/** One worker process, from the inside. */
export interface WorkerContext {
  /** The number of the worker, a new one after each restart: that of `node:cluster`. */
  readonly id: number;
  /** Its place, 1 to the number of workers; whoever replaces it has the same. */
  readonly slot: number;
  /**
   * Has a server serve the connections that the primary process accepts there and gives to this worker, and end with the
   * worker. The options are those of `server.listen`; `credentials`, `proxyProtocol` and `http1` are the worker's own,
   * where to listen is asked of the primary process. Connections are spread evenly: the next one goes to the worker that
   * has the fewest.
   * @throws Error as `server.listen` does.
   */
  listen(server: WorkerServer, options?: ListenOptions): Promise<ListenAddress>;
  /**
   * Answers questions that the primary process asks by `ask(topic)`; the answer must be fit for JSON. `figures` is taken.
   * @throws {UsageError} for a topic that has an answer already.
   */
  answer(topic: string, read: () => unknown): void;
  /** Adds figures of the application's to those of `aggregate`, under a name of their own. */
  addFigures(name: string, read: () => Figures | number): void;
  /** What this worker does at its end, in addition: see `before` and `after` of `Server.shutdown`. */
  onShutdown(hooks: Pick<ShutdownOptions, "before" | "after">): void;
}
