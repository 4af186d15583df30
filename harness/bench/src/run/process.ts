// Child processes on a core of their own: start, read their figures, and end them by their pid.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** Servers run on the first core, load generators and clients on the second. */
export const SERVER_CORE = 0;
export const LOAD_CORE = 1;

const CLOCK_TICKS_PER_SECOND = 100;
const START_LIMIT_MS = 30_000;

export interface ProcessOptions {
  readonly core: number;
  readonly env?: Readonly<Record<string, string>> | undefined;
}

export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly port: number;
}

function start(command: readonly string[], { core, env }: ProcessOptions): ChildProcess {
  return spawn("taskset", ["-c", String(core), ...command], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
}

/** Starts a server and waits for its `{"port":N}`. */
export async function startServer(
  command: readonly string[],
  options: ProcessOptions,
): Promise<ServerProcess> {
  const child = start(command, options);
  const { port } = JSON.parse(await readLine(child, command)) as { port: number };
  return {
    pid: child.pid as number,
    port,
    [Symbol.asyncDispose]: () => end(child),
  };
}

function readLine(child: ChildProcess, command: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const fail = (why: string) => reject(new Error(`${command.join(" ")}: ${why}`));
    const timer = setTimeout(
      () => fail(`did not start within ${START_LIMIT_MS} ms`),
      START_LIMIT_MS,
    );
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code) => fail(`ended with code ${code} before it was ready`));
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      if (!text.includes("\n")) return;
      clearTimeout(timer);
      resolve(text);
    });
  });
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}

/** Runs a command to its end and resolves with what it printed. */
export function run(
  command: readonly string[],
  options: ProcessOptions & { readonly limitMs: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = start(command, options);
    let text = "";
    const timer = setTimeout(() => child.kill("SIGKILL"), options.limitMs);
    child.stdout?.on("data", (chunk) => {
      text += chunk;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(text);
      else
        reject(new Error(`${command.join(" ")} ended with ${signal ?? code}: ${text.slice(-500)}`));
    });
  });
}

/** CPU time that a process and its children have used so far, user and system. */
export function readTreeCpuUs(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const pids = [pid, ...children.filter((text) => text !== "").map(Number)];
  return pids.reduce((sum, one) => sum + readCpuUs(one), 0);
}

/** CPU time that a process has used so far, user and system. */
export function readCpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return (ticks * 1e6) / CLOCK_TICKS_PER_SECOND;
}

/** Resident memory of a process in bytes: now, and at its peak. */
export function readRss(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  return { now: kib("VmRSS") * 1024, peak: kib("VmHWM") * 1024 };
}
