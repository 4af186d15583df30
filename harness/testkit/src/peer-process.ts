// Runs a peer as a child process: waits until it listens, bounds its life, ends it.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How to run a peer. */
export interface PeerOptions {
  readonly command: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Open files of this process that it gets as its files 3, 4 and so on. Default: none. */
  readonly inherited?: readonly number[];
  /** The line, on either output, that says it is ready; the first group is what `ready` holds. Default: `listening <port>`. */
  readonly readyLine?: RegExp;
  /** How long to wait for that line, in milliseconds. Default 30,000. */
  readonly startTimeoutMs?: number;
  /** After this it is killed whatever happens, in milliseconds. Default 300,000. */
  readonly lifetimeMs?: number;
}

/** A running peer. */
export interface PeerProcess {
  /** What the ready line said: usually the port. */
  readonly ready: string;
  readonly child: ChildProcess;
  /** Everything it has printed so far on both outputs. */
  output(): string;
  /**
   * Ends it, first with `signal` (default: SIGTERM), after five seconds with SIGKILL.
   *
   * @returns its exit code, or the signal that ended it
   */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

const KILL_AFTER_MS = 5_000;

class RunningPeer implements PeerProcess {
  ready = "";
  readonly child: ChildProcess;
  private readonly printed: string[] = [];
  private readonly exited: Promise<number | string>;

  constructor(options: PeerOptions) {
    this.child = spawn(options.command, options.args ?? [], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe", ...(options.inherited ?? [])],
    });
    this.exited = new Promise((resolve) => {
      this.child.once("error", (error) => this.printed.push(String(error)));
      this.child.once("error", () => resolve(-1));
      this.child.once("close", (code, signal) => resolve(code ?? signal ?? -1));
    });
    const reaper = setTimeout(() => this.child.kill("SIGKILL"), options.lifetimeMs ?? 300_000);
    reaper.unref();
    void this.exited.then(() => clearTimeout(reaper));
  }

  output(): string {
    return this.printed.join("");
  }

  /** Resolves with the ready line's group; rejects when the process ends or the time is up before that. */
  async waitUntilReady(line: RegExp, timeoutMs: number): Promise<void> {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), timeoutMs);
    const found = new Promise<string>((resolve) => {
      const read = (text: string): void => {
        this.printed.push(`${text}\n`);
        const match = line.exec(text);
        if (match) resolve(match[1] ?? text);
      };
      for (const input of [this.child.stdout, this.child.stderr]) {
        if (input) createInterface({ input }).on("line", read);
      }
    });
    const result = await Promise.race([found, this.exited.then(() => undefined)]);
    clearTimeout(timer);
    if (result === undefined) {
      throw new Error(
        `${this.child.spawnargs.join(" ")} ended before it was ready:\n${this.output()}`,
      );
    }
    this.ready = result;
  }

  // Not by `child.kill`: after that, Deno reports the signal in place of the exit code.
  private signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(pid, signal);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | string> {
    this.signal(signal);
    const killer = setTimeout(() => this.signal("SIGKILL"), KILL_AFTER_MS);
    const code = await this.exited;
    clearTimeout(killer);
    return code;
  }
}

/**
 * Starts a peer and waits for its ready line.
 *
 * @throws {Error} with all that it printed, when it ends or the time is up before that line
 */
export async function startPeer(options: PeerOptions): Promise<PeerProcess> {
  const peer = new RunningPeer(options);
  await peer.waitUntilReady(
    options.readyLine ?? /^listening (\d+)/,
    options.startTimeoutMs ?? 30_000,
  );
  return peer;
}
