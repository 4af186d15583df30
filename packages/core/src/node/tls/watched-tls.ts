// Credentials that come from files and follow them: read anew when they change, kept as they are when that cannot be used.
import { type Clock, systemClock, type Timer } from "../../call/clock.js";
import { ReloadableTls } from "../../credentials/reloadable-tls.js";
import { UsageError } from "../../status/usage-error.js";
import { type Log, processLog } from "../../telemetry/log-port.js";
import type { Crypto } from "./certificate-facts.js";
import {
  type ExpiringCredentials,
  type ExpiringItem,
  type ExpiryOptions,
  listExpiring,
  ownCertificates,
} from "./expiring-items.js";
import { ExpiryWatch } from "./expiry-watch.js";
import {
  pathsOf,
  readTlsFiles,
  type TlsFileContents,
  type TlsFilePaths,
} from "./read-tls-files.js";
import { type TlsEvent, type TlsEventListener, tellTlsEvent } from "./tls-events.js";
import { watchFolders } from "./watch-folders.js";

/** How files of credentials are watched. */
export interface WatchTlsOptions extends ExpiryOptions {
  /** Hears of reloads, of files that cannot be used, and of what expires. Default: only the log does. */
  readonly onEvent?: TlsEventListener | undefined;
  /** Time between two looks at the files, for file systems that tell of no changes, milliseconds, 1 or more. Default 5000. */
  readonly pollMs?: number | undefined;
  /** Where events are written: failures as errors, warnings as warnings, reloads as info. Default: that of the process. */
  readonly log?: Log | undefined;
  /** What is waited with; for tests. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/** How long files that do not go together are given: somebody may be in the midst of writing them. */
const settleMs = 250;

/** What is needed besides the files. */
export interface WatchedTlsParts<C, O> {
  readonly paths: TlsFilePaths;
  readonly watch: WatchTlsOptions;
  readonly crypto: Crypto;
  /** Options of what is in the files. */
  readonly toOptions: (contents: TlsFileContents) => O;
  readonly create: (options: O) => C;
  /** Throws when OpenSSL would not take them. */
  readonly check: (credentials: C) => void;
}

/** Credentials that follow their files. */
export class WatchedTls<C extends ExpiringCredentials, O extends object> extends ReloadableTls<
  C,
  O
> {
  readonly #parts: WatchedTlsParts<C, O>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #expiry: ExpiryWatch<ExpiringItem>;
  #seen: string;
  #failure = "";
  #watcher: { close(): void } | undefined;
  #pollTimer: Timer | undefined;
  #settleTimer: Timer | undefined;
  #reading: Promise<Error | undefined> | undefined;
  #isClosed = false;

  /** @param contents what is in the files now. */
  constructor(parts: WatchedTlsParts<C, O>, contents: TlsFileContents) {
    super(parts.toOptions(contents), parts.create);
    this.#parts = parts;
    const { clock = systemClock, log = processLog } = parts.watch;
    this.#clock = clock;
    this.#log = log;
    this.#seen = JSON.stringify(contents);
    parts.check(this.current);
    this.#expiry = new ExpiryWatch(clock, (item, daysLeft) => this.#expires(item, daysLeft));
    this.#expiry.watch(this.#expiring());
    this.adopt((next) => {
      parts.check(next);
      return () => this.#replaced();
    });
    this.#poll();
    void this.#watchFolders();
  }

  /**
   * Reads the files now. Resolves when what is in them is in force; rejects, and keeps what is in force, when it cannot be
   * used: with a `TlsFileError` that names file and reason, or a `UsageError`.
   */
  async reload(): Promise<void> {
    this.#settleTimer?.cancel();
    // What is being read may be older than what is there now.
    await this.#reading;
    const error = await this.#look();
    if (error === undefined) return;
    this.#fail(error);
    throw error;
  }

  /** Ends the watch; the credentials stay as they are, and `update` and `reload` still work. */
  close(): void {
    this.#isClosed = true;
    this.#pollTimer?.cancel();
    this.#settleTimer?.cancel();
    this.#watcher?.close();
    this.#expiry.close();
  }

  /** `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #poll(): void {
    const { pollMs = 5000 } = this.#parts.watch;
    this.#pollTimer = this.#clock.setTimer(pollMs, () => {
      void this.#follow(false);
      this.#poll();
    });
  }

  /** The folders may be others than before. */
  async #watchFolders(): Promise<void> {
    const changed = (): void => void this.#follow(false);
    const watcher = await watchFolders(pathsOf(this.#parts.paths), changed);
    this.#watcher?.close();
    this.#watcher = watcher;
    if (this.#isClosed) watcher.close();
  }

  /** @param isSettled files that do not go together have had their time. */
  async #follow(isSettled: boolean): Promise<void> {
    const error = await this.#look();
    if (error === undefined || this.#isClosed) return;
    if (isSettled) {
      this.#fail(error);
      return;
    }
    this.#settleTimer?.cancel();
    this.#settleTimer = this.#clock.setTimer(settleMs, () => void this.#follow(true));
  }

  #look(): Promise<Error | undefined> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #read(): Promise<Error | undefined> {
    try {
      const contents = await readTlsFiles(this.#parts.paths);
      const seen = JSON.stringify(contents);
      if (seen !== this.#seen) {
        this.update(this.#parts.toOptions(contents));
        this.#seen = seen;
      }
      this.#failure = "";
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  #fail(error: Error): void {
    const reason = error.message.split("\n", 1)[0]!;
    // Told once, not with each look.
    if (reason === this.#failure) return;
    this.#failure = reason;
    this.#tell({ kind: "reload-failed", reason, error });
  }

  #replaced(): void {
    if (!this.#isClosed) {
      void this.#watchFolders();
      this.#expiry.watch(this.#expiring());
    }
    const certificates = ownCertificates(this.#parts.crypto, this.current);
    this.#tell({ kind: "reloaded", certificates });
  }

  #expiring(): ExpiringItem[] {
    return listExpiring(this.#parts.crypto, this.current, this.#parts.watch);
  }

  #expires({ of, validToMs, certificate }: ExpiringItem, daysLeft: number): void {
    const kind = daysLeft > 0 ? "expiring" : "expired";
    this.#tell({ kind, of, daysLeft, validToMs, certificate });
  }

  #tell(event: TlsEvent): void {
    tellTlsEvent(event, this.#log, this.#parts.watch.onEvent);
  }
}

/** @throws {UsageError} for options out of their ranges. */
export function checkWatchOptions({
  pollMs = 5000,
  expiryWarningDays = [],
}: WatchTlsOptions): void {
  if (!(typeof pollMs === "number" && pollMs >= 1)) {
    throw new UsageError(`option pollMs is ${String(pollMs)}; it must be milliseconds, 1 or more`);
  }
  const bad = expiryWarningDays.find((days) => !(typeof days === "number" && days > 0));
  if (bad !== undefined) {
    throw new UsageError(`option expiryWarningDays has ${String(bad)}; it must be days, above 0`);
  }
}
