// A text file that is read again when it changes: told by the operating system where it can, and looked at now and then.
import {
  type Clock,
  type Log,
  stderrLog,
  systemClock,
  type Timer,
  UsageError,
} from "@trunkline/core";

/** Options of `watchFile`. */
export interface WatchedFileOptions {
  /** Time between two looks at the file, for file systems that tell of no changes, milliseconds, 1 or more. Default 5000. */
  readonly pollMs?: number | undefined;
  /** Hears when the file cannot be read, or not be used. Default: stderr. */
  readonly log?: Log | undefined;
  /** What `pollMs` is measured with; for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** A file that is being watched. */
export interface WatchedFile {
  /** What the file is called. */
  readonly path: string;
  /** What stood in the file when it was last read. */
  readonly text: string;
  /**
   * Calls `listener` with each new text. When it throws, the log is told, and what was in use before stays so.
   * @returns what ends it.
   */
  onChange(listener: (text: string) => void): () => void;
  /** Looks at the file now. Resolves when that is done; never rejects. */
  check(): Promise<void>;
  /** Ends it. */
  close(): void;
}

/** The file system, as far as it is needed. */
export interface FilePort {
  read(path: string): Promise<string>;
  /** Tells of changes that may have to do with the file; undefined where that is not possible. */
  watch(path: string, changed: () => void): { close(): void } | undefined;
}

/** Reads a file through `port`, and watches it from then on. Rejects when it cannot be read. */
export async function openWatchedFile(
  port: FilePort,
  path: string,
  options: WatchedFileOptions = {},
): Promise<WatchedFile> {
  const { pollMs = 5000 } = options;
  if (!(typeof pollMs === "number" && pollMs >= 1)) {
    throw new UsageError(`option pollMs is ${String(pollMs)}; it must be milliseconds, 1 or more`);
  }
  return new FileWatch({ port, path, pollMs, text: await port.read(path), options });
}

interface WatchSetup {
  readonly port: FilePort;
  readonly path: string;
  readonly pollMs: number;
  readonly text: string;
  readonly options: WatchedFileOptions;
}

class FileWatch implements WatchedFile {
  readonly path: string;
  text: string;
  readonly #port: FilePort;
  readonly #pollMs: number;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(text: string) => void>();
  readonly #watcher: { close(): void } | undefined;
  #timer: Timer | undefined;
  #reading: Promise<void> | undefined;
  /** Something has changed while the file was being read. */
  #isStale = false;
  #isClosed = false;
  /** Told once, not with each look. */
  #failure = "";

  constructor({ port, path, pollMs, text, options }: WatchSetup) {
    this.path = path;
    this.text = text;
    this.#port = port;
    this.#pollMs = pollMs;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? stderrLog;
    this.#watcher = port.watch(path, () => void this.check());
    this.#schedule();
  }

  onChange(listener: (text: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  check(): Promise<void> {
    this.#isStale = this.#reading !== undefined;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#watcher?.close();
    this.#listeners.clear();
  }

  #schedule(): void {
    this.#timer = this.#clock.setTimer(this.#pollMs, () => {
      void this.check();
      this.#schedule();
    });
  }

  async #read(): Promise<void> {
    do {
      this.#isStale = false;
      try {
        this.#take(await this.#port.read(this.path));
        this.#failure = "";
      } catch (error) {
        this.#failed(error instanceof Error ? error.message : String(error));
      }
    } while (this.#isStale && !this.#isClosed);
  }

  #take(text: string): void {
    if (this.#isClosed || text === this.text) return;
    this.text = text;
    for (const listener of this.#listeners) {
      try {
        listener(text);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const fields = { path: this.path, reason };
        this.#log.warn("a file cannot be used; what it said before stays in force", fields);
      }
    }
  }

  #failed(reason: string): void {
    if (this.#isClosed || reason === this.#failure) return;
    this.#failure = reason;
    const fields = { path: this.path, reason };
    this.#log.warn("a file cannot be read; what it said before stays in force", fields);
  }
}
