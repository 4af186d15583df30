// Cuts the DATA of a stream into messages, whatever the chunks it arrives in.
import { Code } from "../status/code.js";
import { allocateBytes } from "./allocate-bytes.js";
import { ENVELOPE_BYTES, FLAG_COMPRESSED } from "./envelope.js";

/** Hears of what a Deframer finds. Its methods must not throw. */
export interface DeframerSink {
  /**
   * One message: `bytes` from `start` to `end`, envelope excluded.
   * @param flags `FLAG_PLAIN` or `FLAG_COMPRESSED`.
   * @param owned false: the bytes are valid only during the call. true: they belong to the receiver.
   */
  messageReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    owned: boolean,
  ): void;
  /** The peer broke a rule or a limit. The deframer ignores everything from here on. */
  deframingFailed(code: Code, message: string): void;
}

// A message in pieces gets a buffer of this size, or of so many times what has arrived of it: a peer that
// declares 4 MiB and sends 10 bytes shall not cost us 4 MiB. Eight, because one DATA frame of the usual
// 16 KiB must be enough to give a message of 64 KiB its buffer at once, envelope and field tag included.
const firstBufferBytes = 16_384;
const growthFactor = 8;

/**
 * Finds the messages (PROTOCOL-HTTP2.md "Length-Prefixed-Message") in the bytes of one direction of a
 * stream. A message that lies wholly inside one chunk is handed on in place; one that does not is
 * assembled in a buffer of its own, which grows as data arrives.
 */
export class Deframer {
  /**
   * Whether the peer has named a compression in `grpc-encoding`; only then may a message be flagged as
   * compressed. May be set until the first chunk arrives.
   */
  compressionNegotiated: boolean = false;

  readonly #sink: DeframerSink;
  readonly #maxMessageBytes: number;
  /** The beginning of a head that was cut in two; made when that happens first. */
  #head: Uint8Array | undefined;
  #headBytes = 0;
  #flags = 0;
  #length = 0;
  #body: Uint8Array | undefined;
  #bodyBytes = 0;
  #stopped = false;

  /** @param maxMessageBytes largest message that is accepted, compressed or not; Infinity: any. */
  constructor(sink: DeframerSink, maxMessageBytes: number) {
    this.#sink = sink;
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether the deframer stands inside a message. */
  get isInsideMessage(): boolean {
    return this.#headBytes > 0;
  }

  /** Takes the next chunk; its bytes need to be valid during the call only. */
  push(bytes: Uint8Array): void {
    let at = this.#headBytes === 0 ? 0 : this.#continueMessage(bytes);
    const end = bytes.length;
    while (!this.#stopped && end - at >= ENVELOPE_BYTES) {
      if (!this.#readHead(bytes, at)) {
        return;
      }
      const start = at + ENVELOPE_BYTES;
      if (end - start < this.#length) {
        break;
      }
      at = start + this.#length;
      this.#sink.messageReceived(bytes, start, at, this.#flags, false);
    }
    if (!this.#stopped && at < end) {
      this.#keepRest(bytes, at);
    }
  }

  /**
   * The peer has ended its direction. A message that is not complete by now is reported to the sink.
   * @returns whether the stream ended between two messages.
   */
  finish(): boolean {
    if (this.#stopped) {
      return false;
    }
    if (this.#headBytes === 0) {
      this.stop();
      return true;
    }
    this.#fail(Code.INTERNAL, `the stream ended inside a message: ${this.#describeProgress()}`);
    return false;
  }

  /** Ignores all bytes from here on, and lets go of what was buffered. */
  stop(): void {
    this.#stopped = true;
    this.#body = undefined;
    this.#headBytes = 0;
  }

  /** Goes on with a message that began in an earlier chunk. @returns how far `bytes` are used up. */
  #continueMessage(bytes: Uint8Array): number {
    let at = 0;
    if (this.#headBytes < ENVELOPE_BYTES) {
      at = Math.min(ENVELOPE_BYTES - this.#headBytes, bytes.length);
      const head = this.#head!;
      head.set(bytes.subarray(0, at), this.#headBytes);
      this.#headBytes += at;
      if (this.#headBytes < ENVELOPE_BYTES || !this.#readHead(head, 0)) {
        return bytes.length;
      }
      if (bytes.length - at >= this.#length) {
        return this.#deliverInPlace(bytes, at);
      }
    }
    const taken = Math.min(this.#length - this.#bodyBytes, bytes.length - at);
    this.#append(bytes, at, at + taken);
    if (!this.#stopped && this.#bodyBytes === this.#length) {
      this.#deliverAssembled();
    }
    return at + taken;
  }

  #deliverInPlace(bytes: Uint8Array, start: number): number {
    const end = start + this.#length;
    this.#headBytes = 0;
    this.#sink.messageReceived(bytes, start, end, this.#flags, false);
    return end;
  }

  #deliverAssembled(): void {
    const body = this.#body!;
    this.#body = undefined;
    this.#bodyBytes = 0;
    this.#headBytes = 0;
    this.#sink.messageReceived(body, 0, this.#length, this.#flags, true);
  }

  /** Keeps the beginning of a message for the next chunk. Its head is read already if it is complete. */
  #keepRest(bytes: Uint8Array, at: number): void {
    const available = bytes.length - at;
    this.#headBytes = Math.min(available, ENVELOPE_BYTES);
    if (available < ENVELOPE_BYTES) {
      this.#head ??= new Uint8Array(ENVELOPE_BYTES);
      this.#head.set(bytes.subarray(at));
    } else {
      this.#append(bytes, at + ENVELOPE_BYTES, bytes.length);
    }
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#bodyBytes + (end - start);
    if (this.#body === undefined || this.#body.length < needed) {
      this.#grow(needed);
    }
    if (this.#body !== undefined) {
      this.#body.set(bytes.subarray(start, end), this.#bodyBytes);
      this.#bodyBytes = needed;
    }
  }

  // The factor bounds the copying; the declared length bounds the buffer, so that the last one fits exactly.
  #grow(needed: number): void {
    const wanted = Math.max(firstBufferBytes, growthFactor * needed);
    try {
      const grown = allocateBytes(Math.min(this.#length, wanted));
      if (this.#body !== undefined) {
        grown.set(this.#body.subarray(0, this.#bodyBytes));
      }
      this.#body = grown;
    } catch {
      const message = `no memory for a received message of ${this.#length} bytes`;
      this.#fail(Code.RESOURCE_EXHAUSTED, message);
    }
  }

  /** Reads and checks the envelope. @returns whether the message may be received. */
  #readHead(bytes: Uint8Array, at: number): boolean {
    const flags = bytes[at]!;
    const length =
      bytes[at + 1]! * 0x1000000 +
      ((bytes[at + 2]! << 16) | (bytes[at + 3]! << 8) | bytes[at + 4]!);
    this.#flags = flags;
    this.#length = length;
    if (flags !== 0 && !this.#checkFlags(flags)) {
      return false;
    }
    if (length > this.#maxMessageBytes) {
      const message = `received message of ${length} bytes exceeds the limit of ${this.#maxMessageBytes} bytes`;
      this.#fail(Code.RESOURCE_EXHAUSTED, message);
      return false;
    }
    return true;
  }

  #checkFlags(flags: number): boolean {
    if (flags !== FLAG_COMPRESSED) {
      this.#fail(Code.INTERNAL, `received message has flags ${flags}; only 0 and 1 are known`);
      return false;
    }
    if (!this.compressionNegotiated) {
      this.#fail(
        Code.INTERNAL,
        "received message is compressed, but grpc-encoding names no compression",
      );
      return false;
    }
    return true;
  }

  #fail(code: Code, message: string): void {
    this.stop();
    this.#sink.deframingFailed(code, message);
  }

  #describeProgress(): string {
    return this.#headBytes < ENVELOPE_BYTES
      ? `${this.#headBytes} of the ${ENVELOPE_BYTES} bytes of its head have arrived`
      : `${this.#bodyBytes} of its ${this.#length} bytes have arrived`;
  }
}
