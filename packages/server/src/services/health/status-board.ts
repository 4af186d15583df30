// Which service is healthy, and who is to be told when that changes.

/** Whether a service answers calls as it should; UNKNOWN says that it cannot be told. */
export type HealthStatus = "UNKNOWN" | "SERVING" | "NOT_SERVING";

/** The name that stands for the server as a whole. */
export const overall = "";

/** The statuses of one server's services. */
export class StatusBoard {
  readonly #own = new Map<string, HealthStatus>([[overall, "SERVING"]]);
  /** Services without a status of their own: they have the overall one. */
  readonly #known = new Set<string>();
  readonly #watches = new Map<string, Set<() => void>>();
  #isShutDown = false;

  /** Undefined for a service that is not known. */
  statusOf(name: string): HealthStatus | undefined {
    const status = this.#own.get(name) ?? (this.#known.has(name) ? this.#own.get("") : undefined);
    return status !== undefined && this.#isShutDown ? "NOT_SERVING" : status;
  }

  /** All names that have a status, sorted; the overall one is first. */
  names(): string[] {
    return [...new Set([...this.#own.keys(), ...this.#known])].sort();
  }

  /** Gives a service a status of its own, or the server its overall one. */
  set(name: string, status: HealthStatus): void {
    this.#own.set(name, status);
    this.#changed(name);
  }

  /** Takes a service's own status back. The overall one is SERVING then. */
  clear(name: string): void {
    if (name === overall) this.#own.set(name, "SERVING");
    else this.#own.delete(name);
    this.#changed(name);
  }

  /** Makes a service known that has the overall status as long as it has none of its own. */
  add(name: string): void {
    this.#known.add(name);
    this.#changed(name);
  }

  /** Everything is NOT_SERVING until `resume`, whatever is set meanwhile. */
  shutDown(): void {
    this.#isShutDown = true;
    this.#changed(overall);
  }

  /** Everything is again what it was set to, last and meanwhile. */
  resume(): void {
    this.#isShutDown = false;
    this.#changed(overall);
  }

  /**
   * Calls `wake` whenever the status of the service may have changed.
   * @returns ends that.
   */
  watch(name: string, wake: () => void): () => void {
    const wakes = this.#watches.get(name) ?? new Set();
    this.#watches.set(name, wakes.add(wake));
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#watches.get(name) === wakes) this.#watches.delete(name);
    };
  }

  /** A change of the overall status may be one of all. */
  #changed(name: string): void {
    const names = name === overall ? [...this.#watches.keys()] : [name];
    for (const one of names) {
      for (const wake of [...(this.#watches.get(one) ?? [])]) wake();
    }
  }
}
