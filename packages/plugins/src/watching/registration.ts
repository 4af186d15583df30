// Keeps a server in a registry of services: registers it, renews in time, registers anew when it was forgotten.
import { Backoff, type BackoffOptions } from "@trunkline/client";
import { type Clock, type Log, processLog, systemClock } from "@trunkline/core";
import { pause, withTimeLimit } from "./time-limit.js";

/** One server in a registry of services, until it is closed. */
export interface Registration extends AsyncDisposable {
  /** Whether the registry is believed to have it now: false from a failed renewal to the next that works. */
  readonly isRegistered: boolean;
  /**
   * Takes the server out and stops renewing. Call it before the server's `shutdown`, so that no new
   * calls come. Never fails: what cannot be taken out expires. `await using` does the same.
   */
  close(): Promise<void>;
}

/** Options that all registrations have. */
export interface RegistrationSettings {
  /** Waits after failed renewals. Default 1 s, times 1.6 each, at most a third of the time to live, jitter 20 %. */
  readonly backoff?: BackoffOptions | undefined;
  /** What renewals are timed by; for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
  /** Hears of failed renewals. Default: warnings and errors on stderr. */
  readonly log?: Log | undefined;
}

/** How one registry is spoken with. */
export interface Registrar {
  /** Which registry and which entry, for logs. */
  readonly name: string;
  /** Longest time one step may take, milliseconds. */
  readonly stepMs: number;
  /** From one renewal to the next, milliseconds. */
  readonly renewMs: number;
  /** Puts the entry there, or puts it there again. */
  register(signal: AbortSignal): Promise<void>;
  /** False when the registry has forgotten the entry. */
  renew(signal: AbortSignal): Promise<boolean>;
  /** Takes the entry out. */
  deregister(signal: AbortSignal): Promise<void>;
  /** Ends all that it holds open. */
  close(): void;
}

/** Registers, and resolves when that is done. Rejects when the first attempt fails. */
export async function keepRegistered(
  registrar: Registrar,
  settings: RegistrationSettings,
): Promise<Registration> {
  const kept = new KeptRegistration(registrar, settings);
  await kept.start();
  return kept;
}

class KeptRegistration implements Registration {
  isRegistered = false;
  readonly #registrar: Registrar;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #closing = new AbortController();
  #kept: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor(registrar: Registrar, settings: RegistrationSettings) {
    const { clock = systemClock, log = processLog, backoff } = settings;
    this.#registrar = registrar;
    this.#clock = clock;
    this.#log = log;
    const { initialMs = Math.min(1000, registrar.renewMs) } = backoff ?? {};
    const maxMs = Math.max(registrar.renewMs, initialMs);
    this.#backoff = new Backoff({ maxMs, ...backoff, initialMs });
  }

  async start(): Promise<void> {
    try {
      await this.#step((signal) => this.#registrar.register(signal), true);
    } catch (cause) {
      this.#registrar.close();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${this.#registrar.name} cannot be registered: ${why}`, { cause });
    }
    this.isRegistered = true;
    this.#kept = this.#keep();
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #keep(): Promise<void> {
    const { signal } = this.#closing;
    let waitMs = this.#registrar.renewMs;
    for (;;) {
      await pause(this.#clock, waitMs, signal);
      if (signal.aborted) return;
      waitMs = await this.#renew();
    }
  }

  /** How long to wait for the next renewal, milliseconds. */
  async #renew(): Promise<number> {
    const { name, renewMs } = this.#registrar;
    try {
      await this.#step((signal) => this.#renewOrRegister(signal));
    } catch (error) {
      if (this.#closing.signal.aborted) return 0;
      const text = error instanceof Error ? error.message : String(error);
      const level = this.isRegistered ? "warn" : "debug";
      this.#log[level]("the registration cannot be renewed", { registration: name, error: text });
      this.isRegistered = false;
      return this.#backoff.nextMs();
    }
    if (!this.isRegistered) this.#log.info("the registration holds again", { registration: name });
    this.isRegistered = true;
    this.#backoff.reset();
    return renewMs;
  }

  async #renewOrRegister(signal: AbortSignal): Promise<void> {
    if (await this.#registrar.renew(signal)) return;
    const { name } = this.#registrar;
    this.#log.warn("the registry has forgotten the server: it is registered anew", {
      registration: name,
    });
    await this.#registrar.register(signal);
  }

  #step<T>(
    run: (signal: AbortSignal) => Promise<T>,
    holdsProcess: boolean = false,
    signal: AbortSignal = this.#closing.signal,
  ): Promise<T> {
    const limitMs = this.#registrar.stepMs;
    return withTimeLimit({ clock: this.#clock, limitMs, signal, holdsProcess }, run);
  }

  async #end(): Promise<void> {
    this.#closing.abort(new Error("the registration was closed"));
    await this.#kept;
    const { signal } = new AbortController();
    try {
      await this.#step((limited) => this.#registrar.deregister(limited), true, signal);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const fields = { registration: this.#registrar.name, error: text };
      this.#log.warn("the registration cannot be taken back: it stays until it expires", fields);
    } finally {
      this.isRegistered = false;
      this.#registrar.close();
    }
  }
}
