// The requests of a streaming call on their way from the connection to the handler.
import type { Message } from "@bufbuild/protobuf";
import {
  type Code,
  Deframer,
  type DeframerSink,
  ENVELOPE_BYTES,
  type InflatedMessage,
  type InflaterSink,
  type MessageInflater,
  MessageQueue,
  type MessageQueueOwner,
  markCompressed,
  type RpcError,
} from "@trunkline/core";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import { ByteBacklog } from "./byte-backlog.js";
import { callOver, toDecodeError, toFramingError } from "./failures.js";

/** The call that the requests belong to. */
export interface RequestStreamOwner {
  readonly entry: MethodEntry;
  readonly maxReceiveBytes: number;
  /** What decompresses requests, if any may be compressed. */
  createInflater(sink: InflaterSink): MessageInflater | undefined;
  fail(reason: unknown): void;
  /** Who wants to hear of requests; undefined: nobody. */
  readonly record: unknown;
  /** A request was decoded. @param wireByteCount how many bytes of it travelled. */
  requestDecoded(
    message: unknown,
    bytes: Uint8Array,
    start: number,
    end: number,
    wireByteCount: number,
  ): void;
  /** Gives bytes back to flow control. */
  giveBack(byteCount: number): void;
}

/** With this many messages waiting for the handler, further bytes are kept as they came: tiny messages take far more memory decoded. */
const MAX_WAITING_MESSAGES = 256;

/** Kept bytes are decoded when so few messages are left. */
const LOW_WAITING_MESSAGES = 128;

/**
 * Requests of one call. Bytes are given back to flow control when the handler has taken their
 * message, so a slow handler slows its client down; those of a message that has not arrived in full
 * are given back as soon as nothing else waits, because the message may be larger than the window.
 */
export class RequestStream implements DeframerSink, MessageQueueOwner, InflaterSink {
  readonly queue: MessageQueue<Message>;
  readonly #owner: RequestStreamOwner;
  readonly #deframer: Deframer;
  readonly #inflater: MessageInflater | undefined;
  /** Bytes received, those that were made into messages, those given back. */
  #received = 0;
  #queued = 0;
  #returned = 0;
  #backlog: ByteBacklog | undefined = undefined;
  #peerEnded = false;
  #abandoned = false;

  constructor(owner: RequestStreamOwner) {
    this.#owner = owner;
    this.queue = new MessageQueue(this);
    this.#deframer = new Deframer(this, owner.maxReceiveBytes);
    this.#inflater = owner.createInflater(this);
    this.#deframer.compressionNegotiated = this.#inflater !== undefined;
  }

  get isReaderBehind(): boolean {
    return this.queue.size > 0;
  }

  /** No message is being decompressed, or waits for it. */
  get #isInflated(): boolean {
    return this.#inflater === undefined || this.#inflater.isIdle;
  }

  /** Further bytes are kept as they came. */
  get #isFull(): boolean {
    return this.queue.size >= MAX_WAITING_MESSAGES || !this.#isInflated;
  }

  /** Takes bytes from the connection. */
  receive(bytes: Uint8Array): void {
    if (this.#abandoned) {
      this.#owner.giveBack(bytes.length);
      return;
    }
    if (this.#backlog !== undefined || this.#isFull) {
      this.#backlog ??= new ByteBacklog();
      this.#backlog.push(bytes);
    } else {
      this.#deframer.push(bytes);
    }
    this.#received += bytes.length;
    this.#settleCredit();
  }

  /** The client sends no more. */
  end(): void {
    this.#peerEnded = true;
    if (this.#backlog !== undefined || !this.#isInflated) return;
    if (this.#deframer.finish()) this.queue.end();
  }

  /**
   * The call is over: the handler gets the error thrown instead of further requests.
   * @param error undefined: the call has been answered.
   */
  close(error: RpcError | undefined): void {
    const { queue } = this;
    if (queue.isEnded && queue.size === 0) return;
    this.#abandon();
    queue.abort(error ?? callOver());
  }

  messageReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    owned: boolean,
  ): void {
    if (this.#abandoned) return;
    const size = end - start + ENVELOPE_BYTES;
    if (this.#inflater !== undefined) {
      this.#inflater.push(bytes.subarray(start, end), flags, owned, size);
      return;
    }
    const message = this.#decode(bytes, start, end, owned, end - start);
    if (message !== undefined) this.#enqueue(message, size);
  }

  messageInflated({ bytes, owned, tag, wasCompressed, wireByteCount }: InflatedMessage): void {
    const message = this.#decode(bytes, 0, bytes.length, owned, wireByteCount);
    if (message === undefined) return;
    if (wasCompressed) markCompressed(message);
    this.#enqueue(message, tag);
  }

  inflatingFailed(code: Code, message: string): void {
    this.#owner.fail(toFramingError(this.#owner.entry, code, message));
  }

  inflaterIdle(): void {
    if (this.#backlog !== undefined) this.#decodeBacklog();
    else if (this.#peerEnded) this.end();
    this.#settleCredit();
  }

  /** @returns undefined when it is no message; the call has failed then. */
  #decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
    wireByteCount: number,
  ): Message | undefined {
    try {
      const message = this.#owner.entry.requestCodec.decode(bytes, start, end, owned);
      if (this.#owner.record !== undefined)
        this.#owner.requestDecoded(message, bytes, start, end, wireByteCount);
      return message;
    } catch (error) {
      this.#stop();
      this.#owner.fail(toDecodeError(this.#owner.entry.method, error));
      return undefined;
    }
  }

  #enqueue(message: Message, size: number): void {
    this.#queued += size;
    this.queue.push(message, size);
  }

  deframingFailed(code: Code, message: string): void {
    this.#owner.fail(toFramingError(this.#owner.entry, code, message));
  }

  onConsumed(): void {
    const { size } = this.queue;
    // Size 0 with a backlog: not the handler has taken the last message, but the queue was emptied.
    if (this.#backlog !== undefined && size > 0 && size < LOW_WAITING_MESSAGES)
      this.#decodeBacklog();
    this.#inflater?.resume();
    this.#settleCredit();
  }

  /** The handler has left its loop: what still comes is dropped, so that it cannot block anything. */
  onReturn(): void {
    this.#abandon();
    this.#settleCredit();
  }

  #decodeBacklog(): void {
    const backlog = this.#backlog!;
    while (!this.#isFull && !this.#abandoned) {
      const bytes = backlog.take();
      if (bytes === undefined) break;
      this.#deframer.push(bytes);
    }
    if (backlog.isEmpty) this.#backlog = undefined;
    if (this.#peerEnded && this.#backlog === undefined && !this.#abandoned) this.end();
  }

  #abandon(): void {
    this.#abandoned = true;
    this.#backlog = undefined;
    this.#stop();
  }

  #stop(): void {
    this.#deframer.stop();
    this.#inflater?.stop();
  }

  #settleCredit(): void {
    const isIdle =
      this.#abandoned || (this.queue.size === 0 && this.#backlog === undefined && this.#isInflated);
    const due = isIdle ? this.#received : this.#queued - this.queue.bufferedBytes;
    if (due <= this.#returned) return;
    const byteCount = due - this.#returned;
    this.#returned = due;
    this.#owner.giveBack(byteCount);
  }
}
