// Runs a command to its end within a time limit, and hands back all it said.
import { spawn } from "node:child_process";

/** How to run it. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What to write to its standard input, which is then closed. Default: nothing. */
  readonly input?: string;
  /** After this it is killed, in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
}

/** How it ended. */
export interface RunResult {
  /** The exit code; -1 when a signal ended it or it could not be started. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command; a failure is in the result, never thrown. */
export function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: options.timeoutMs ?? 60_000,
    killSignal: "SIGKILL",
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A command that does not read its input closes the pipe: that is its business.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  return new Promise((resolve) => {
    const finish = (code: number): void => {
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    };
    child.once("error", (error) => {
      stderr.push(Buffer.from(String(error)));
      finish(-1);
    });
    child.once("close", (code) => finish(code ?? -1));
  });
}
