// Turns the received messages of one stream back into what they were: in their order, bounded, large ones off the event loop.
import { Code } from "../status/code.js";
import { FLAG_COMPRESSED } from "../wire/envelope.js";
import { checkInflated, type MessageEncoding } from "./message-encoding.js";
import { type OffloadedWork, offload } from "./offload.js";

/** Who receives the messages. Its methods must not throw. */
export interface InflaterSink {
  /** Messages that were handed on wait for their reader. */
  readonly isReaderBehind: boolean;
  /** A message, decompressed if it was compressed. May be called from within `push`. */
  messageInflated(message: InflatedMessage): void;
  /** A message is too large or broken; nothing follows. */
  inflatingFailed(code: Code, message: string): void;
  /** All messages that had to wait have been handed on. */
  inflaterIdle(): void;
}

/** A message that can be decoded. */
export interface InflatedMessage {
  /** The whole message. */
  readonly bytes: Uint8Array;
  /** As for `DeframerSink.messageReceived`. */
  readonly owned: boolean;
  /** As given to `push`. */
  readonly tag: number;
  /** Whether it travelled compressed. */
  readonly wasCompressed: boolean;
  /** How many bytes of it travelled, without envelope. */
  readonly wireByteCount: number;
}

/** What the messages of a stream have in common. */
export interface InflaterOptions {
  /** What they are compressed with. */
  readonly encoding: MessageEncoding;
  /** Largest message after decompression. */
  readonly maxBytes: number;
  /** Larger messages are decompressed off the event loop. */
  readonly offloadBytes: number;
  /** Stands for the other end: no connection's messages are decompressed at the cost of another's. */
  readonly connection: object;
}

/** A message as it came. */
interface Waiting {
  readonly bytes: Uint8Array;
  readonly isCompressed: boolean;
  readonly tag: number;
}

/**
 * Flow control counts compressed bytes, so it does not bound what they become: above this many bytes
 * that the reader has not come to, no further message is decompressed.
 */
export const maxAheadBytes = 1_048_576;

/** See the file's first line. */
export class MessageInflater implements OffloadedWork {
  /** Whoever is at the other end: everybody has their turn. */
  readonly group: object;
  readonly #sink: InflaterSink;
  readonly #encoding: MessageEncoding;
  readonly #maxBytes: number;
  readonly #offloadBytes: number;
  readonly #waiting: Waiting[] = [];
  #isWorking = false;
  #isHandingOn = false;
  /** `stop` was called. */
  isStopped: boolean = false;
  #aheadBytes = 0;

  constructor(sink: InflaterSink, options: InflaterOptions) {
    this.#sink = sink;
    this.group = options.connection;
    this.#encoding = options.encoding;
    this.#maxBytes = options.maxBytes;
    this.#offloadBytes = options.offloadBytes;
  }

  /** Whether no message waits. */
  get isIdle(): boolean {
    return !this.#isWorking && this.#waiting.length === 0;
  }

  /**
   * Takes a message from the deframer.
   * @param tag whatever the sink wants to know of it later.
   */
  push(body: Uint8Array, flags: number, owned: boolean, tag: number): void {
    if (this.isStopped) return;
    const isCompressed = flags === FLAG_COMPRESSED;
    if (this.isIdle && !isCompressed) {
      const wireByteCount = body.length;
      this.#sink.messageInflated({ bytes: body, owned, tag, wasCompressed: false, wireByteCount });
      return;
    }
    const isNext = this.isIdle && this.#mayGoOn();
    if (isNext && (this.#tryNow(body, tag) || this.isStopped)) return;
    this.#waiting.push({ bytes: owned ? body : body.slice(), isCompressed, tag });
    if (isNext) this.#workLater();
  }

  /** The reader has taken messages. May be called from within the sink's methods. */
  resume(): void {
    if (!this.#isWorking && !this.#isHandingOn && this.#waiting.length > 0) this.#goOn();
  }

  /** Nothing is handed on any more. */
  stop(): void {
    this.isStopped = true;
    this.#waiting.length = 0;
  }

  #mayGoOn(): boolean {
    if (!this.#sink.isReaderBehind) this.#aheadBytes = 0;
    return this.#aheadBytes < maxAheadBytes;
  }

  /** Hands on what waits, as far as possible now. */
  #goOn(): void {
    while (!this.#isWorking && !this.isStopped) {
      const next = this.#waiting[0];
      if (next === undefined) {
        this.#sink.inflaterIdle();
        return;
      }
      if (!next.isCompressed) {
        this.#waiting.shift();
        const { bytes, tag } = next;
        const wireByteCount = bytes.length;
        this.#handOn({ bytes, owned: true, tag, wasCompressed: false, wireByteCount });
      } else if (!this.#mayGoOn()) return;
      else if (this.#tryNow(next.bytes, next.tag)) this.#waiting.shift();
      else if (!this.isStopped) this.#workLater();
    }
  }

  /**
   * Decompresses on the event loop, unless that is too much work: what the message becomes counts, and
   * only trying tells.
   * @returns false: it is too much, or has failed.
   */
  #tryNow(body: Uint8Array, tag: number): boolean {
    const encoding = this.#encoding;
    const canWait = encoding.decompressLater !== undefined;
    if (canWait && body.length > this.#offloadBytes) return false;
    const most = canWait ? Math.min(this.#maxBytes, this.#offloadBytes) : this.#maxBytes;
    try {
      const inflated = checkInflated(encoding.decompress(body, most));
      if (inflated !== undefined && inflated.length <= most) {
        this.#deliver(inflated, tag, body.length);
        return true;
      }
      if (!canWait) this.#tooLarge(body.length);
    } catch (cause) {
      this.#broken(body.length, cause);
    }
    return false;
  }

  /** The first message that waits is decompressed off the event loop. */
  #workLater(): void {
    this.#isWorking = true;
    offload(this);
  }

  /** Works off the event loop: it is this stream's turn. */
  async begin(): Promise<void> {
    const [first] = this.#waiting;
    if (first === undefined) return;
    const { bytes, tag } = first;
    try {
      // Only encodings that can are asked to.
      const inflated = checkInflated(await this.#encoding.decompressLater!(bytes, this.#maxBytes));
      if (!this.isStopped) this.#worked(bytes.length, inflated, tag);
    } catch (cause) {
      this.#broken(bytes.length, cause);
    }
  }

  #worked(byteCount: number, inflated: Uint8Array | undefined, tag: number): void {
    this.#isWorking = false;
    this.#waiting.shift();
    if (inflated === undefined || inflated.length > this.#maxBytes) {
      this.#tooLarge(byteCount);
      return;
    }
    this.#deliver(inflated, tag, byteCount);
    this.#goOn();
  }

  #deliver(bytes: Uint8Array, tag: number, wireByteCount: number): void {
    this.#aheadBytes += bytes.length;
    this.#handOn({ bytes, owned: isSnug(bytes), tag, wasCompressed: true, wireByteCount });
  }

  #handOn(message: InflatedMessage): void {
    this.#isHandingOn = true;
    this.#sink.messageInflated(message);
    this.#isHandingOn = false;
  }

  #tooLarge(byteCount: number): void {
    this.#fail(
      Code.RESOURCE_EXHAUSTED,
      `received message of ${byteCount} bytes becomes more than ${this.#maxBytes} bytes when it is decompressed (${this.#encoding.name}), which is the limit`,
    );
  }

  #broken(byteCount: number, cause: unknown): void {
    const why = cause instanceof Error ? cause.message : String(cause);
    this.#fail(
      Code.INTERNAL,
      `received message of ${byteCount} bytes cannot be decompressed as ${this.#encoding.name}: ${why}`,
    );
  }

  #fail(code: Code, message: string): void {
    if (this.isStopped) return;
    this.stop();
    this.#sink.inflatingFailed(code, message);
  }
}

/** Whether a message may keep views of the bytes without keeping much more memory alive. */
function isSnug(bytes: Uint8Array): boolean {
  return bytes.buffer.byteLength <= 2 * bytes.length;
}
