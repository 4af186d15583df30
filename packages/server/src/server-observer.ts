// What others can be told of a server as it happens: the services that it gets, and that it begins to end.
import type { DescService } from "@bufbuild/protobuf";
import type { ConnectionInfo, Log } from "@trunkline/core";
import type { ClientPeer } from "./http/peer.js";

/** Is told what happens to a server. What it throws is logged. */
export interface ServerObserver {
  /** A service has been added. Those that the server had before are in `server.services`. */
  serviceAdded?(service: DescService): void;
  /**
   * The server begins to end, by `shutdown`. It accepts no connections any more, but those that are open have not
   * been told (GOAWAY): what handlers answer within this turn of the event loop is on its way before that.
   */
  draining?(): void;
}

/** One connection of a server, as it was when it was asked for. */
export interface ServerConnectionInfo extends ConnectionInfo {
  /** Calls on it that have ended otherwise than with OK, those included that the client gave up. */
  readonly failedCalls: number;
  /** The client, as handlers see it. */
  readonly peer: ClientPeer;
}

/** The observers of one server. */
export class ServerObservers {
  readonly #observers = new Set<ServerObserver>();
  readonly #log: Log;
  #isDraining = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** How many there are. */
  get size(): number {
    return this.#observers.size;
  }

  /** Adds one; when the server has begun to end, it is told so now. */
  add(observer: ServerObserver): void {
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
