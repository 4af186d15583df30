// What is decided once for a channel or a server: the encodings it knows, accepts and sends with.
import { checkArray, checkMethods, describeValue } from "../status/option-checks.js";
import { UsageError } from "../status/usage-error.js";
import { formatAcceptEncoding } from "./accept-list.js";
import {
  type CallCompression,
  type CompressionOptions,
  compressionDefaults,
} from "./compression-options.js";
import { identity, type MessageEncoding } from "./message-encoding.js";

/** How messages of a call are sent that are compressed. */
export interface OutgoingCompression {
  /** What they are compressed with. */
  readonly encoding: MessageEncoding;
  /** Smaller messages are sent as they are. */
  readonly minBytes: number;
  /** One that the encoding has; undefined: its default. */
  readonly level: number | undefined;
  /** Larger messages are compressed off the event loop. */
  readonly offloadBytes: number;
}

const namePattern = /^[0-9a-z_.-]+$/;

/** See the file's first line. */
export class CompressionPlan {
  /** What to send with unless something else is asked for; undefined: nothing was said. */
  readonly preferred: string | undefined;
  /** The value of our `grpc-accept-encoding`. */
  readonly acceptField: string;
  /** Larger messages are compressed and decompressed off the event loop. */
  readonly offloadBytes: number;
  readonly #known = new Map<string, MessageEncoding>();
  readonly #accepted = new Map<string, MessageEncoding>();
  readonly #outgoing = new Map<string, OutgoingCompression>();
  readonly #minBytes: number;
  readonly #level: number | undefined;

  /**
   * @param given what the application said: options, or the name of an encoding alone.
   * @throws {UsageError} when an option cannot be used.
   */
  constructor(builtIn: readonly MessageEncoding[], given: CompressionOptions | string | undefined) {
    const options = toOptions(given);
    checkArray("compression.accept", options.accept);
    checkArray("compression.encodings", options.encodings);
    for (const encoding of [...builtIn, ...(options.encodings ?? [])]) this.#add(encoding);
    this.#minBytes = checkBytes("minBytes", options.minBytes ?? compressionDefaults.minBytes);
    this.offloadBytes = checkBytes(
      "offloadBytes",
      options.offloadBytes ?? compressionDefaults.offloadBytes,
    );
    this.#level = checkLevel(options.level);
    this.preferred = options.encoding;
    for (const name of options.accept ?? this.#known.keys()) {
      if (name !== identity) this.#accepted.set(name, this.#find(name));
    }
    this.acceptField = formatAcceptEncoding(this.#accepted.keys());
    if (this.preferred !== undefined) this.outgoing(this.preferred);
  }

  /** Names of the encodings that received messages may have. */
  get acceptedNames(): readonly string[] {
    return [...this.#accepted.keys()];
  }

  /** The encoding of received messages; undefined when it is not accepted. */
  accepted(name: string): MessageEncoding | undefined {
    return this.#accepted.get(name);
  }

  /** Whether messages can be sent with it. */
  knows(name: string): boolean {
    return name === identity || this.#known.has(name);
  }

  /**
   * How to send with the encoding of this name; undefined for identity. Always the same object for the same name.
   * @throws {UsageError} when it is not known.
   */
  outgoing(name: string): OutgoingCompression | undefined {
    if (name === identity) return undefined;
    let found = this.#outgoing.get(name);
    if (found === undefined) {
      found = this.#toOutgoing(name, this.#minBytes, this.#level);
      this.#outgoing.set(name, found);
    }
    return found;
  }

  /**
   * How to send when a call has its own wishes.
   * @throws {UsageError} when they cannot be met.
   */
  outgoingFor(wish: CallCompression | string): OutgoingCompression | undefined {
    if (typeof wish === "string") return this.outgoing(wish);
    if (typeof wish !== "object" || wish === null) throw notOptions(wish);
    if (wish.encoding === identity) return undefined;
    const minBytes = checkBytes("minBytes", wish.minBytes ?? this.#minBytes);
    return this.#toOutgoing(wish.encoding, minBytes, checkLevel(wish.level ?? this.#level));
  }

  #toOutgoing(name: string, minBytes: number, level: number | undefined): OutgoingCompression {
    const encoding = this.#find(name);
    const { offloadBytes } = this;
    return { encoding, minBytes, level: clampLevel(encoding, level), offloadBytes };
  }

  #add(encoding: MessageEncoding): void {
    checkMethods("compression.encodings", encoding, ["compress", "decompress"]);
    const { name, levels } = encoding;
    if (typeof name !== "string" || !namePattern.test(name) || name === identity) {
      throw new UsageError(
        `option compression.encodings: ${describeValue(name)} cannot be the name of an encoding`,
      );
    }
    if (levels !== undefined && !isRange(levels)) {
      throw new UsageError(
        `option compression.encodings: levels of ${name} must be two numbers, the lowest and the highest`,
      );
    }
    this.#known.set(name, encoding);
  }

  #find(name: string): MessageEncoding {
    const encoding = this.#known.get(name);
    if (encoding !== undefined) return encoding;
    throw new UsageError(
      `option compression: encoding ${describeValue(name)} is not known; known are ${[identity, ...this.#known.keys()].join(", ")}`,
    );
  }
}

function toOptions(given: CompressionOptions | string | undefined): CompressionOptions {
  if (given === undefined || typeof given === "string") return { encoding: given };
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return given;
  throw notOptions(given);
}

function notOptions(given: unknown): UsageError {
  return new UsageError(
    `option compression is ${describeValue(given)}; it must be the name of an encoding, or an object`,
  );
}

function isRange(levels: readonly unknown[]): boolean {
  return Array.isArray(levels) && levels.length === 2 && Number(levels[0]) <= Number(levels[1]);
}

function clampLevel({ levels }: MessageEncoding, level: number | undefined): number | undefined {
  if (level === undefined || levels === undefined) return level;
  return Math.min(Math.max(level, levels[0]), levels[1]);
}

function checkLevel(level: number | undefined): number | undefined {
  if (level === undefined || (Number.isInteger(level) && level >= 0)) return level;
  throw new UsageError(
    `option compression.level is ${describeValue(level)}; it must be a whole number, 0 or more`,
  );
}

function checkBytes(name: string, value: number): number {
  if (value === Infinity || (Number.isInteger(value) && value >= 0)) return value;
  throw new UsageError(
    `option compression.${name} is ${describeValue(value)}; it must be a whole number of bytes, 0 or more`,
  );
}
