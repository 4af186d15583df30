// Where entries of a binary log go, and a file as such a place: bounded in memory and on disk, one write at a time.
import { type Log, processLog, UsageError } from "@trunkline/core";
import { frameEntry } from "./framing.js";
import type { GrpcLogEntry } from "./gen/grpc/binlog/v1/binarylog_pb.js";

/** Where entries go. */
export interface BinaryLogSink {
  /** Takes an entry, which it may keep. It is called on the path of calls: it must not block. What it throws is logged once. */
  write(entry: GrpcLogEntry): void;
}

/** Options of `openBinaryLogFile`. */
export interface BinaryLogFileOptions {
  /** How many bytes may wait for the disk; entries that find no room are left out, and counted. 65,536 or more. Default 16 MiB. */
  readonly maxBufferedBytes?: number | undefined;
  /** How long the file may become, what it held before included; entries beyond that are left out, and counted. Bytes, 1 or more. Default: no limit. */
  readonly maxFileBytes?: number | undefined;
  /** Hears, once each, when entries are left out and when the disk fails. Default: that of the process. */
  readonly log?: Log | undefined;
}

/** A file that entries are appended to. */
export interface BinaryLogFile extends BinaryLogSink {
  /** Entries that were handed over to the file. */
  readonly writtenEntries: number;
  /** Entries that were left out: for want of room, or because the disk has failed. Their calls have gaps in the sequence. */
  readonly droppedEntries: number;
  /** Resolves when everything that was written until now is in the file, or is given up. Never rejects. */
  flush(): Promise<void>;
  /** Writes what waits, and closes the file; what is written afterwards is left out. Never rejects. */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What of a file is needed. */
export interface AppendPort {
  append(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** @throws {UsageError} for a limit that is none. */
export function createFileSink(
  port: AppendPort,
  sizeBytes: number,
  options: BinaryLogFileOptions = {},
): BinaryLogFile {
  const { maxBufferedBytes = 16 * 1024 * 1024, maxFileBytes = Infinity } = options;
  checkLeast("maxBufferedBytes", maxBufferedBytes, 65_536);
  checkLeast("maxFileBytes", maxFileBytes, 1);
  return new FileSink(port, sizeBytes, {
    maxBufferedBytes,
    maxFileBytes,
    log: options.log ?? processLog,
  });
}

function checkLeast(name: string, value: number, least: number): void {
  if (typeof value === "number" && value >= least) return;
  throw new UsageError(`option ${name} is ${String(value)}; it must be ${least} or more`);
}

interface FileLimits {
  readonly maxBufferedBytes: number;
  readonly maxFileBytes: number;
  readonly log: Log;
}

class FileSink implements BinaryLogFile {
  writtenEntries = 0;
  droppedEntries = 0;
  readonly #port: AppendPort;
  readonly #options: FileLimits;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** What is being written counts until it is. */
  #takenBytes: number;
  #writing: Promise<void> | undefined;
  #isClosed = false;
  readonly #told = new Set<string>();

  constructor(port: AppendPort, sizeBytes: number, options: FileLimits) {
    this.#port = port;
    this.#takenBytes = sizeBytes;
    this.#options = options;
  }

  write(entry: GrpcLogEntry): void {
    if (this.#isClosed) {
      this.droppedEntries++;
      return;
    }
    const framed = frameEntry(entry);
    const { maxBufferedBytes, maxFileBytes } = this.#options;
    if (this.#waitingBytes + framed.length > maxBufferedBytes) {
      this.#drop("the disk is too slow for them", { maxBufferedBytes });
    } else if (this.#takenBytes + framed.length > maxFileBytes) {
      this.#drop("the file is full", { maxFileBytes });
    } else {
      this.#waiting.push(framed);
      this.#waitingBytes += framed.length;
      this.#takenBytes += framed.length;
      this.#writing ??= this.#writeAll();
    }
  }

  async flush(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#writing;
    await this.#port.close().catch((error) => this.#tell("cannot be closed", { error }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One write at a time; what comes meanwhile goes with the next. */
  async #writeAll(): Promise<void> {
    // Entries of the same turn go together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const entries = this.#waiting;
      this.#waiting = [];
      const bytes = join(entries);
      try {
        await this.#port.append(bytes);
        this.writtenEntries += entries.length;
      } catch (error) {
        this.droppedEntries += entries.length;
        this.#takenBytes -= bytes.length;
        this.#tell("cannot be written to", { error });
      }
      this.#waitingBytes -= bytes.length;
    }
    this.#writing = undefined;
  }

  #drop(why: string, limit: Readonly<Record<string, number>>): void {
    this.droppedEntries++;
    this.#tell(`leaves out entries: ${why}`, limit);
  }

  #tell(what: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.#options.log.error(`the binary log ${what}; this is told once`, fields);
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
