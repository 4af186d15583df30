// What scenarios are played on: servers, one client, time; and everything is gone afterwards.
import { Program } from "@trunkline/testkit";
import type { ClientOptions } from "../programs/client.js";
import type { LoadOrder, LoadResult } from "../programs/load.js";
import type { Evidence, Harm } from "./evidence.js";
import { type ServerKind, ServerProcess, wellBehaved } from "./fleet.js";

/** How much time there is. */
export interface StageOptions {
  /** How long harm goes on, milliseconds. */
  readonly ms: number;
  /** What programs are started within; see `ProgramOptions`. Default nothing. */
  readonly within?: readonly string[];
}

const defaultLoad: LoadOrder = { perSecond: 300, timeoutMs: 5000 };
const warmMs = 500;
const probeTimeoutMs = 10_000;

/** See the file's first line. */
export class Stage {
  readonly ms: number;
  readonly servers: ServerProcess[] = [];
  /** What programs are started within. */
  readonly within: readonly string[];
  readonly #harms: Harm[] = [];
  readonly #programs: Program[] = [];
  readonly #timers = new Map<NodeJS.Timeout, () => void>();
  #client: Program | undefined;

  constructor({ ms, within = [] }: StageOptions) {
    this.ms = ms;
    this.within = within;
  }

  /** Starts one server for each kind, on 127.0.0.2 and the addresses behind it. */
  async serve(...kinds: readonly ServerKind[]): Promise<readonly ServerProcess[]> {
    const first = this.servers.length + 2;
    const started = await Promise.all(
      kinds.map((kind, index) =>
        ServerProcess.start(`127.0.0.${first + index}`, kind, this.within, this.#harms),
      ),
    );
    this.servers.push(...started);
    return started;
  }

  /** So many of ours. */
  serveMany(count: number, options: unknown = {}): Promise<readonly ServerProcess[]> {
    return this.serve(...Array.from({ length: count }, () => ({ ...wellBehaved, options })));
  }

  /** Starts a program of this harness other than a server. */
  async program(name: string, nodeOptions: readonly string[] = []): Promise<Program> {
    const file = new URL(`../programs/${name}.js`, import.meta.url);
    const program = await Program.start({ file, nodeOptions, within: this.within });
    this.#programs.push(program);
    return program;
  }

  /** The client's channel to all servers, or to `addresses`. */
  async open(options: ClientOptions, addresses = this.addresses): Promise<void> {
    this.#client = await this.program("client");
    this.#client.preferToOthers();
    await this.#client.ask("open", { addresses, options });
  }

  get addresses(): readonly string[] {
    return this.servers.map(({ address }) => address);
  }

  /** What the resolver finds from now on. */
  resolve(addresses: readonly string[]): Promise<void> {
    return this.#caller.ask("resolve", addresses);
  }

  /** Resolves once so many connections are open. */
  async ready(connections: number): Promise<void> {
    for (let turn = 0; turn < 100; turn++) {
      await this.#caller.ask("probe", { timeoutMs: probeTimeoutMs });
      if ((await this.#caller.ask<number>("connections", {})) >= connections) return;
      await this.sleep(50);
    }
    throw new Error(`there are not ${connections} connections`);
  }

  /** Calls go on while `harm` does its work, and a while longer; then all is looked at. */
  async underLoad(
    harm: () => Promise<void>,
    load: Partial<LoadOrder> = {},
    afterMs = warmMs,
  ): Promise<Evidence> {
    const client = this.#caller;
    await client.ask("begin", { ...defaultLoad, ...load });
    await this.sleep(warmMs);
    await harm();
    await this.sleep(afterMs);
    const { records, stuck } = await client.ask<LoadResult>("stop", {}, 60_000);
    return { records, stuck, harms: this.#harms, ...(await this.#probe()) };
  }

  /** A call that waits for a connection must get one, now that all is well. */
  async #probe(): Promise<Pick<Evidence, "probeMs" | "probeFailure">> {
    try {
      return { probeMs: await this.#caller.ask<number>("probe", { timeoutMs: probeTimeoutMs }) };
    } catch (error) {
      return { probeMs: undefined, probeFailure: (error as Error).message };
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.set(timer, resolve);
    });
  }

  /** Repeats until the time for harm is over; at least once. */
  async untilOver(work: () => Promise<void>): Promise<void> {
    const endMs = performance.now() + this.ms;
    do await work();
    while (performance.now() < endMs);
  }

  /** One of the servers, by chance. */
  anyServer(): ServerProcess {
    return this.servers[Math.floor(Math.random() * this.servers.length)]!;
  }

  async strike(): Promise<void> {
    for (const timer of this.#timers.keys()) clearTimeout(timer);
    const ending = [...this.#programs, ...this.servers].map((program) => program.end());
    await Promise.all(ending);
  }

  get #caller(): Program {
    if (this.#client === undefined) throw new Error("the scenario has not opened a channel");
    return this.#client;
  }
}
