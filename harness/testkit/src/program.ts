// Programs of the harness as child processes, on a core of their own if wanted: started, asked, measured, ended.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Answer } from "./answer.js";

/** Which program, and where it runs. */
export interface ProgramOptions {
  /** The compiled file; it calls `answerQuestions`. */
  readonly file: URL;
  /** The core it runs on, where there are two or more. Default: any. */
  readonly core?: number | undefined;
  /** How willingly it leaves the processor to others, 0 to 19. Default 0. */
  readonly niceness?: number | undefined;
  /** Options of Node.js. Default none. */
  readonly nodeOptions?: readonly string[] | undefined;
  /** A command that starts it, in a network namespace, say; its words. Default none. */
  readonly within?: readonly string[] | undefined;
}

const hasTaskset: boolean = ((): boolean => {
  if (availableParallelism() < 2) return false;
  try {
    execFileSync("taskset", ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

function toCommand(options: ProgramOptions): string[] {
  const { core, niceness = 0, within = [], nodeOptions = [] } = options;
  const pinned = hasTaskset && core !== undefined ? ["taskset", "-c", String(core)] : [];
  const polite = niceness > 0 ? ["nice", "-n", String(niceness)] : [];
  const file = fileURLToPath(options.file);
  return [...within, ...polite, ...pinned, process.execPath, ...nodeOptions, file];
}

type Settle = (answer: Answer) => void;

/** A running program. */
export class Program {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Settle>();
  #lastId = 0;
  #stderr = "";
  /** How it has ended, once it has. */
  #ending: string | undefined = undefined;

  constructor(options: ProgramOptions) {
    this.name = options.file.pathname.replace(/^.*\/|\.js$/g, "");
    const [command = process.execPath, ...rest] = toCommand(options);
    this.#child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.stderr?.on("data", (chunk) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-4000);
    });
    this.#child.on("message", (answer: Answer) => this.#settle(answer));
    this.#child.once("error", (error) => this.#ended(error.message));
    this.#child.once("exit", (code, signal) => this.#ended(`${signal ?? code}`));
  }

  /** Starts it and waits until it can be asked. */
  static async start(options: ProgramOptions): Promise<Program> {
    const program = new Program(options);
    await program.#answer(0, 20_000);
    return program;
  }

  /** Others on the machine shall not be what is measured. Where that is not allowed, they are. */
  preferToOthers(): void {
    try {
      setPriority(this.#child.pid!, -10);
    } catch {}
  }

  /** What it has written to stderr, the end of it. */
  get complaints(): string {
    return this.#stderr;
  }

  /** @throws Error when it fails, ends, or does not answer in time. */
  async ask<T>(ask: string, argument: unknown, limitMs = 30_000): Promise<T> {
    if (this.#ending !== undefined) throw new Error(this.#obituary());
    const id = ++this.#lastId;
    const answer = this.#answer(id, limitMs);
    this.#child.send({ id, ask, argument });
    return (await answer) as T;
  }

  /** Resident memory in bytes: now, and at its peak. */
  memory(): { readonly now: number; readonly peak: number } {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const bytes = (name: string): number =>
      Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
    return { now: bytes("VmRSS"), peak: bytes("VmHWM") };
  }

  /** Forgets the peak so far. */
  resetPeak(): void {
    try {
      // "5" resets the peak (proc(5)); where that is not allowed, the peak of the warm-up counts, too.
      writeFileSync(`/proc/${this.#child.pid}/clear_refs`, "5");
    } catch {}
  }

  /** Sends it a signal, SIGSTOP, say. */
  signal(signal: NodeJS.Signals): void {
    if (this.#ending === undefined) this.#child.kill(signal);
  }

  /** Ends it, with SIGKILL unless another signal is given; resolves when it has ended. */
  end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#ending !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.kill(signal);
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    waiting?.(answer);
  }

  #ended(how: string): void {
    this.#ending = how;
    for (const id of [...this.#waiting.keys()]) this.#settle({ id, error: this.#obituary() });
  }

  #obituary(): string {
    return `${this.name} has ended with ${this.#ending}: ${this.#stderr}`;
  }

  #answer(id: number, limitMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#settle({ id, error: `${this.name} has not answered for ${limitMs} ms` });
      }, limitMs);
      this.#waiting.set(id, ({ value, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      });
    });
  }
}
