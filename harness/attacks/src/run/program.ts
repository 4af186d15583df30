// Programs of the harness as child processes on a core of their own: started, asked, measured, ended.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, setPriority } from "node:os";
import { fileURLToPath } from "node:url";
import type { Answer } from "../programs/answer.js";

/** Who runs where: the one under attack has a core for itself, where there are two. */
export const cores = { subject: 0, others: 1 } as const;

const hasTaskset: boolean = ((): boolean => {
  if (availableParallelism() < 2) return false;
  try {
    execFileSync("taskset", ["-V"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** A running program. */
export class Program {
  readonly #child: ChildProcess;
  readonly #name: string;
  #waiting: ((answer: Answer) => void) | undefined = undefined;
  #hasEnded = false;
  #stderr = "";

  /** @param niceness how willingly it leaves the processor to others, 0 to 19. */
  constructor(name: string, core: number, niceness = 0) {
    this.#name = name;
    const file = fileURLToPath(new URL(`../programs/${name}.js`, import.meta.url));
    const pinned = hasTaskset ? ["taskset", "-c", String(core)] : [];
    const polite = niceness > 0 ? ["nice", "-n", String(niceness)] : [];
    const [command = process.execPath, ...rest] = [...polite, ...pinned, process.execPath, file];
    this.#child = spawn(command, rest, { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.stderr?.on("data", (chunk) => {
      this.#stderr = `${this.#stderr}${chunk}`.slice(-4000);
    });
    this.#child.on("message", (answer: Answer) => this.#settle(answer));
    this.#child.once("error", (error) => this.#settle({ error: error.message }));
    this.#child.once("exit", (code, signal) => {
      this.#hasEnded = true;
      this.#settle({ error: `${name} ended with ${signal ?? code}: ${this.#stderr}` });
    });
  }

  /** Starts it and waits until it can be asked. */
  static async start(name: string, core: number, niceness = 0): Promise<Program> {
    const program = new Program(name, core, niceness);
    await program.#answer(20_000);
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
    if (this.#hasEnded) throw new Error(`${this.#name} has ended: ${this.#stderr}`);
    const answer = this.#answer(limitMs);
    this.#child.send({ ask, argument });
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

  end(): Promise<void> {
    if (this.#hasEnded) return Promise.resolve();
    return new Promise((resolve) => {
      this.#child.once("exit", () => resolve());
      this.#child.kill("SIGKILL");
    });
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }

  #answer(limitMs: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#settle({ error: `${this.#name} has not answered for ${limitMs} ms` });
      }, limitMs);
      this.#waiting = ({ value, error }) => {
        clearTimeout(timer);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      };
    });
  }
}
