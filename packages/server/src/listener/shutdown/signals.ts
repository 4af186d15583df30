// Ends a server when its process is told to stop: the first signal lets calls finish, the second does not.
import type { ShutdownReport } from "./report.js";
import type { ShutdownOptions } from "./shutdown.js";

/** Options of `shutdownOnSignals`: those of `Server.shutdown`, and what is heeded. */
export interface SignalOptions extends Omit<ShutdownOptions, "reason"> {
  /** The signals. Default SIGTERM and SIGINT. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /**
   * Ends the process when the server has ended: with 0, or with 128 and the number of the signal when a second one cut
   * calls off. Without it, the process ends when nothing keeps it alive. Default true.
   */
  readonly exit?: boolean | undefined;
  /**
   * Signals that come within so many milliseconds after the first are the same one told twice, as when Ctrl-C reaches a
   * program from its terminal and from npm. Default 500.
   */
  readonly repeatMs?: number | undefined;
}

/** What heeds signals. */
export interface SignalShutdown {
  /** Settles when a signal has come and the server has ended. */
  readonly ended: Promise<ShutdownReport>;
  /** Heeds signals no longer. */
  dispose(): void;
}

/** What can be ended: a server, for instance. */
export interface Endable {
  /** Ends it; again, with less grace. */
  shutdown(options?: ShutdownOptions): Promise<ShutdownReport>;
}

const numbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGTERM: 15,
};

/**
 * Ends `server` gracefully at the first signal, and at once at the second.
 * @example
 * shutdownOnSignals(server, { graceMs: 20_000, after: [{ name: "database", run: () => pool.end() }] });
 */
export function shutdownOnSignals(server: Endable, options: SignalOptions = {}): SignalShutdown {
  const { signals = ["SIGTERM", "SIGINT"], exit = true, repeatMs = 500, ...rest } = options;
  let begunMs: number | undefined;
  let exitCode = 0;
  let settle: (report: Promise<ShutdownReport>) => void;
  const ended = new Promise<ShutdownReport>((resolve) => {
    settle = resolve;
  });
  const heed = (signal: NodeJS.Signals): void => {
    if (begunMs === undefined) {
      begunMs = performance.now();
      settle(server.shutdown({ ...rest, reason: signal }));
    } else if (performance.now() - begunMs >= repeatMs) {
      exitCode = 128 + (numbers[signal] ?? 0);
      void server.shutdown({ graceMs: 0 });
    }
  };
  const dispose = (): void => {
    for (const signal of signals) process.off(signal, heed);
  };
  for (const signal of signals) process.on(signal, heed);
  void ended.then(
    () => {
      dispose();
      if (exit) process.exit(exitCode);
    },
    () => {},
  );
  return { ended, dispose };
}
