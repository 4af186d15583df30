// Sends the messages of one stream compressed: in their order, and off the event loop when they are large.
import { Code } from "../status/code.js";
import { RpcError } from "../status/rpc-error.js";
import { allocateBytes } from "../wire/allocate-bytes.js";
import {
  ENVELOPE_BYTES,
  FLAG_COMPRESSED,
  FLAG_PLAIN,
  writeEnvelopeHead,
} from "../wire/envelope.js";
import type { MessageCodec } from "../wire/message-codec.js";
import type { OutgoingCompression } from "./compression-plan.js";
import { checkDeflated } from "./message-encoding.js";
import { isUncompressed } from "./message-marks.js";
import { type OffloadedWork, offload } from "./offload.js";

/** Where compressed messages go; see `Connection` of the HTTP/2 engine. */
export interface DeflaterOutlet {
  /** Always accepted. @returns false: wait for `writable`. */
  sendData(id: number, bytes: Uint8Array, endStream: boolean): boolean;
}

/** The call whose messages are sent. */
export interface DeflaterOwner {
  /**
   * All that had to wait is sent.
   * @param hasRoom false: wait for the connection's `writable`.
   * @param byteCount what was sent since `send` returned false.
   */
  deflated(hasRoom: boolean, byteCount: number): void;
  /**
   * A message was handed to the connection.
   * @param bytes what it was encoded to, without envelope and uncompressed.
   * @param wireByteCount what was sent of it, without envelope.
   */
  messageDeflated(message: unknown, bytes: Uint8Array, wireByteCount: number): void;
  /** A message cannot be compressed; nothing follows. */
  fail(error: RpcError): void;
}

/** A message that is being compressed, or stands behind one that is. */
interface Waiting {
  readonly message: unknown;
  readonly bytes: Uint8Array;
  /** It is to be compressed. */
  readonly isWanted: boolean;
  readonly endStream: boolean;
  /** It is no message, but the end of the stream alone. */
  readonly isEnd: boolean;
}

const noBytes = new Uint8Array(0);
const streamEnd: Waiting = {
  message: undefined,
  bytes: noBytes,
  isWanted: false,
  endStream: true,
  isEnd: true,
};

/** See the file's first line. */
export class MessageDeflater implements OffloadedWork {
  /** Whoever is at the other end: everybody has their turn. */
  readonly group: object;
  readonly #outlet: DeflaterOutlet;
  readonly #id: number;
  readonly #compression: OutgoingCompression;
  readonly #owner: DeflaterOwner;
  #waiting: Waiting[] | undefined = undefined;
  /** The message that is being compressed off the event loop, or waits for that. */
  #work: Waiting | undefined = undefined;
  #sentBytes = 0;
  /** `stop` was called. */
  isStopped: boolean = false;

  constructor(
    outlet: DeflaterOutlet,
    id: number,
    compression: OutgoingCompression,
    owner: DeflaterOwner,
  ) {
    this.group = outlet;
    this.#outlet = outlet;
    this.#id = id;
    this.#compression = compression;
    this.#owner = owner;
  }

  /** Whether all messages have been handed to the connection. */
  get isIdle(): boolean {
    return this.#work === undefined;
  }

  /**
   * Sends one message. Always accepted; messages keep their order.
   * @returns false: wait for `deflated`, or for `writable` when the deflater is idle.
   * @throws Error when the message cannot be encoded or compressed; nothing has been sent then.
   */
  send<T>(codec: MessageCodec<T>, message: T, endStream: boolean): boolean {
    const bytes = codec.encode(message);
    const isWanted = this.#isWanted(message, bytes.length);
    const waiting = { message, bytes, isWanted, endStream, isEnd: false };
    if (this.isIdle) return this.#forward(waiting);
    this.#wait(waiting);
    return false;
  }

  /** No more messages follow. */
  end(): void {
    if (this.isIdle) this.#outlet.sendData(this.#id, noBytes, true);
    else this.#wait(streamEnd);
  }

  /** Nothing is sent any more, nobody is told. */
  stop(): void {
    this.isStopped = true;
    this.#work = undefined;
    this.#waiting = undefined;
  }

  #isWanted(message: unknown, byteCount: number): boolean {
    return byteCount >= this.#compression.minBytes && byteCount > 0 && !isUncompressed(message);
  }

  #wait(waiting: Waiting): void {
    this.#waiting ??= [];
    this.#waiting.push(waiting);
  }

  #forward(waiting: Waiting): boolean {
    const { bytes } = waiting;
    if (!waiting.isWanted) return this.#put(FLAG_PLAIN, bytes, waiting);
    const { encoding, offloadBytes } = this.#compression;
    if (encoding.compressLater === undefined || bytes.length <= offloadBytes) {
      return this.#putSmaller(waiting, this.#compressNow(bytes));
    }
    this.#work = waiting;
    this.#sentBytes = 0;
    offload(this);
    return false;
  }

  /** Works off the event loop: it is this stream's turn. */
  async begin(): Promise<void> {
    const { encoding, level } = this.#compression;
    const work = this.#work;
    if (work === undefined) return;
    try {
      // Only encodings that can are asked to.
      const compressed = checkDeflated(await encoding.compressLater!(work.bytes, level));
      if (!this.isStopped) this.#worked(work, compressed);
    } catch (cause) {
      this.#fail(cause);
    }
  }

  #compressNow(bytes: Uint8Array): Uint8Array {
    const { encoding, level } = this.#compression;
    try {
      return checkDeflated(encoding.compress(bytes, level));
    } catch (cause) {
      throw this.#toError(cause);
    }
  }

  #worked(work: Waiting, compressed: Uint8Array): void {
    this.#work = undefined;
    let hasRoom = this.#putSmaller(work, compressed);
    for (let next = this.#waiting?.shift(); next !== undefined; next = this.#waiting?.shift()) {
      if (next.isEnd) this.end();
      else hasRoom = this.#forward(next);
      if (!this.isIdle) return;
    }
    this.#owner.deflated(hasRoom, this.#sentBytes);
  }

  #fail(cause: unknown): void {
    if (this.isStopped) return;
    this.stop();
    this.#owner.fail(cause instanceof RpcError ? cause : this.#toError(cause));
  }

  #toError(cause: unknown): RpcError {
    const why = cause instanceof Error ? cause.message : String(cause);
    const { name } = this.#compression.encoding;
    return new RpcError(Code.INTERNAL, `a message cannot be compressed with ${name}: ${why}`, {
      cause,
    });
  }

  /** What does not become smaller is sent as it is. */
  #putSmaller(waiting: Waiting, compressed: Uint8Array): boolean {
    const { bytes } = waiting;
    return compressed.length < bytes.length || this.#compression.minBytes === 0
      ? this.#put(FLAG_COMPRESSED, compressed, waiting)
      : this.#put(FLAG_PLAIN, bytes, waiting);
  }

  #put(flags: number, body: Uint8Array, { message, bytes, endStream }: Waiting): boolean {
    this.#owner.messageDeflated(message, bytes, body.length);
    const framed = allocateBytes(ENVELOPE_BYTES + body.length);
    writeEnvelopeHead(framed, 0, flags, body.length);
    framed.set(body, ENVELOPE_BYTES);
    this.#sentBytes += framed.length;
    return this.#outlet.sendData(this.#id, framed, endStream);
  }
}
