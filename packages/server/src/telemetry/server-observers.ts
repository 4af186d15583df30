// The observers of one server: who is told what, and that none of them does any harm.
import type { DescService } from "@bufbuild/protobuf";
import type { Log } from "@trunkline/core";
import type { ServerObserver } from "../server-observer.js";
import { CallObservers } from "./call-observers.js";

/** The observers of one server. */
export class ServerObservers {
  /** Those who hear of calls. */
  readonly calls: CallObservers;
  readonly #observers = new Set<ServerObserver>();
  readonly #log: Log;
  #isDraining = false;

  constructor(log: Log) {
    this.#log = log;
    this.calls = new CallObservers(log);
  }

  /** How many there are. */
  get size(): number {
    return this.#observers.size;
  }

  /** Adds one; when the server has begun to end, it is told so now. */
  add(observer: ServerObserver): void {
    if (!this.#observers.has(observer)) this.calls.add(observer);
    this.#observers.add(observer);
    if (this.#isDraining) this.#tell(() => observer.draining?.());
  }

  /** See `ServerObserver`. */
  serviceAdded(service: DescService): void {
    for (const one of this.#observers) this.#tell(() => one.serviceAdded?.(service));
  }

  /** See `ServerObserver`. */
  draining(): void {
    this.#isDraining = true;
    for (const one of this.#observers) this.#tell(() => one.draining?.());
  }

  #tell(event: () => void): void {
    try {
      event();
    } catch (error) {
      this.#log.error("an observer of the server has failed", { error });
    }
  }
}
