// The health of a READY subchannel as its policy watches it: of the service that the service config names, or none at all.
import type { HealthWatch } from "../../balancer/balancer.js";
import { ConnectivityState } from "../state.js";
import { type HealthHost, HealthStream, type HealthSubject } from "./health-stream.js";

/** See the file's first line. */
export class SubchannelHealth implements HealthWatch {
  readonly #host: HealthHost;
  readonly #subject: HealthSubject;
  readonly #changed: () => void;
  readonly #closed: (health: SubchannelHealth) => void;
  #service: string | undefined;
  #stream: HealthStream | undefined;
  #isClosed = false;

  /**
   * @param service undefined: the subchannel counts as healthy.
   * @param closed called when nobody watches any more.
   */
  constructor(
    host: HealthHost,
    subject: HealthSubject,
    service: string | undefined,
    changed: () => void,
    closed: (health: SubchannelHealth) => void,
  ) {
    this.#host = host;
    this.#subject = subject;
    this.#changed = changed;
    this.#closed = closed;
    this.#service = service;
    this.#begin();
  }

  get state(): ConnectivityState {
    if (this.#service === undefined) return ConnectivityState.READY;
    return this.#stream?.state ?? ConnectivityState.CONNECTING;
  }

  get reason(): Error | undefined {
    return this.#stream?.reason;
  }

  /** The service config names another service now, or none. */
  watchService(service: string | undefined): void {
    if (service !== this.#service && !this.#isClosed) {
      this.#service = service;
      this.#stream?.stop();
      this.#stream = undefined;
      this.#begin();
      this.#changed();
    }
  }

  close(): void {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#stream?.stop();
      this.#closed(this);
    }
  }

  #begin(): void {
    const service = this.#service;
    if (service !== undefined) {
      // Channels that ask nobody for health do without its contract.
      void import("@trunkline/core/health").then((contract) => {
        if (!this.#isClosed && service === this.#service && this.#stream === undefined) {
          this.#stream = new HealthStream(
            contract,
            this.#host,
            this.#subject,
            service,
            this.#changed,
          );
          this.#stream.begin();
        }
      });
    }
  }
}
