// Server processes, each with an address that it keeps when it is killed and started again.
import { Program } from "@trunkline/testkit";
import { nowMs } from "../programs/pulse.js";
import type { Harm } from "./evidence.js";

/** Which program serves, and what it is told when it listens. */
export interface ServerKind {
  readonly program: "server" | "crooked-server";
  readonly options: unknown;
}

/** One of ours with its defaults. */
export const wellBehaved: ServerKind = { program: "server", options: {} };

/** One server, through all its lives. */
export class ServerProcess {
  readonly host: string;
  readonly #kind: ServerKind;
  readonly #within: readonly string[];
  readonly #harms: Harm[];
  #program!: Program;
  #port = 0;

  private constructor(host: string, kind: ServerKind, within: readonly string[], harms: Harm[]) {
    this.host = host;
    this.#kind = kind;
    this.#within = within;
    this.#harms = harms;
  }

  /** @param harms where it writes down what is done to it. */
  static async start(
    host: string,
    kind: ServerKind,
    within: readonly string[],
    harms: Harm[],
  ): Promise<ServerProcess> {
    const server = new ServerProcess(host, kind, within, harms);
    await server.start();
    return server;
  }

  get address(): string {
    return `${this.host}:${this.#port}`;
  }

  async start(): Promise<void> {
    const file = new URL(`../programs/${this.#kind.program}.js`, import.meta.url);
    this.#program = await Program.start({ file, within: this.#within });
    const order = { host: this.host, port: this.#port, options: this.#kind.options };
    this.#port = await this.#program.ask<number>("listen", order);
  }

  behave(order: unknown): Promise<void> {
    return this.#program.ask("behave", order);
  }

  signal(signal: NodeJS.Signals): void {
    this.#program.signal(signal);
  }

  end(): Promise<void> {
    return this.#program.end();
  }

  /** SIGKILL; started again, if at all, after `downMs`. */
  async kill(downMs: number | undefined, sleep: (ms: number) => Promise<void>): Promise<void> {
    const atMs = nowMs();
    const slot = this.#harms.push({ ...this.#harm("killed"), atMs }) - 1;
    await this.#program.end();
    if (downMs === undefined) return;
    await sleep(downMs);
    await this.start();
    this.#harms[slot] = { ...this.#harm("killed"), atMs, healedMs: nowMs() };
  }

  /** Ends as on a deployment: it stops accepting, lets calls finish, and another one takes its place. */
  async replace(graceMs: number): Promise<void> {
    const atMs = nowMs();
    const slot = this.#harms.push({ ...this.#harm("replaced"), atMs }) - 1;
    await this.#program.ask("drain", { graceMs });
    await this.#program.end();
    await this.start();
    this.#harms[slot] = { ...this.#harm("replaced"), atMs, healedMs: nowMs() };
  }

  /** Notes that something is done to it from `atMs` on. */
  suffered(what: string, atMs: number, healedMs?: number): void {
    this.#harms.push({ ...this.#harm(what), atMs, healedMs });
  }

  #harm(what: string): Omit<Harm, "atMs"> {
    return { address: this.address, what, healedMs: undefined };
  }
}
