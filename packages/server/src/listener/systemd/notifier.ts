// Tells systemd how a service does (sd_notify(3)), by its program `systemd-notify`: Node.js has no datagram sockets of unix.
import { execFile } from "node:child_process";
import { type Log, processLog } from "@trunkline/core";
import type { ServerObserver } from "../../server-observer.js";

/** Options of `createSystemdNotifier`. */
export interface SystemdNotifierOptions {
  /** Default: `process.env`; NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are read. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The program. Default: `systemd-notify`. */
  readonly command?: string | undefined;
  /** Where it is told, once, that systemd cannot be told. Default: what `setLog` names. */
  readonly log?: Log | undefined;
}

/** Tells systemd. Each promise says whether it was told; none rejects. Does nothing where there is no NOTIFY_SOCKET. */
export interface SystemdNotifier {
  /** The service serves (READY=1); `Type=notify` waits for that. */
  ready(status?: string): Promise<boolean>;
  /** The service ends (STOPPING=1). */
  stopping(): Promise<boolean>;
  /** What `systemctl status` shows (STATUS=). */
  status(text: string): Promise<boolean>;
  /**
   * Shows a sign of life twice in each `WatchdogSec=` (WATCHDOG=1), as long as `isAlive` says so. Does nothing without it.
   * @returns ends that.
   */
  watchdog(isAlive?: () => boolean | Promise<boolean>): () => void;
  /** Says that the service ends as soon as `server` begins to. */
  follow(server: { observe(observer: ServerObserver): void }): void;
}

const timeoutMs = 10_000;
/** The longest delay of a timer. */
const longestMs = 2 ** 31 - 1;

/** Makes one. The unit needs `NotifyAccess=all`, because it is another process that tells systemd. */
export function createSystemdNotifier(options: SystemdNotifierOptions = {}): SystemdNotifier {
  return new CommandNotifier(options);
}

class CommandNotifier implements SystemdNotifier {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #command: string;
  readonly #log: Log;
  #hasFailed = false;

  constructor({ env = process.env, command = "systemd-notify", log }: SystemdNotifierOptions) {
    this.#env = env;
    this.#command = command;
    this.#log = log ?? processLog;
  }

  ready(status?: string): Promise<boolean> {
    return this.#tell("READY=1", ...(status === undefined ? [] : [`STATUS=${toLine(status)}`]));
  }

  stopping(): Promise<boolean> {
    return this.#tell("STOPPING=1");
  }

  status(text: string): Promise<boolean> {
    return this.#tell(`STATUS=${toLine(text)}`);
  }

  watchdog(isAlive: () => boolean | Promise<boolean> = () => true): () => void {
    const { WATCHDOG_USEC, WATCHDOG_PID, NOTIFY_SOCKET } = this.#env;
    const periodMs = Number(WATCHDOG_USEC) / 1000;
    const isOurs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
    if (!(periodMs > 0) || !isOurs || NOTIFY_SOCKET === undefined) return () => {};
    const show = async (): Promise<void> => {
      try {
        if (await isAlive()) await this.#tell("WATCHDOG=1");
      } catch (error) {
        this.#log.warn("it cannot be told whether the service is alive", { error });
      }
    };
    const timer = setInterval(() => void show(), Math.min(periodMs / 2, longestMs));
    timer.unref();
    void show();
    return () => clearInterval(timer);
  }

  follow(server: { observe(observer: ServerObserver): void }): void {
    server.observe({ draining: () => void this.stopping() });
  }

  #tell(...assignments: readonly string[]): Promise<boolean> {
    const { NOTIFY_SOCKET } = this.#env;
    if (NOTIFY_SOCKET === undefined) return Promise.resolve(false);
    const options = { env: { PATH: process.env.PATH, NOTIFY_SOCKET }, timeout: timeoutMs };
    return new Promise((resolve) => {
      execFile(this.#command, [...assignments], options, (error) => {
        if (error !== null) this.#fail(error);
        resolve(error === null);
      });
    });
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#log.warn("systemd could not be told how the service does", {
      command: this.#command,
      error,
    });
  }
}

/** A line break would begin another assignment. */
const toLine = (text: string): string => text.replaceAll(/[\r\n]+/g, " ");
