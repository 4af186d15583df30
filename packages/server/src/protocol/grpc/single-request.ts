// Puts the one request of a call together when it does not come in one piece.
import {
  type Code,
  Deframer,
  type DeframerSink,
  type InflatedMessage,
  type InflaterSink,
  type MessageInflater,
  markCompressed,
} from "@trunkline/core";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import { toFramingError } from "./failures.js";

/** The call that the request belongs to. */
export interface SingleRequestOwner {
  readonly entry: MethodEntry;
  readonly maxReceiveBytes: number;
  /** What decompresses requests, if any may be compressed. */
  createInflater(sink: InflaterSink): MessageInflater | undefined;
  /** @param wireByteCount how many bytes of it travelled. @returns the request, unless the call has ended or fails by this. */
  requestReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    owned: boolean,
    wireByteCount: number,
  ): unknown;
  /** After `finish` returned false: the request is complete now. */
  requestComplete(): void;
  fail(reason: unknown): void;
}

/** The one request of a call, in pieces. */
export class SingleRequest implements DeframerSink, InflaterSink {
  readonly isReaderBehind = false;
  readonly #owner: SingleRequestOwner;
  readonly #deframer: Deframer;
  readonly #inflater: MessageInflater | undefined;
  #isFinished = false;

  constructor(owner: SingleRequestOwner) {
    this.#owner = owner;
    this.#deframer = new Deframer(this, owner.maxReceiveBytes);
    this.#inflater = owner.createInflater(this);
    this.#deframer.compressionNegotiated = this.#inflater !== undefined;
  }

  push(bytes: Uint8Array): void {
    this.#deframer.push(bytes);
  }

  /** @returns false when the request is not complete; the call has been told then, or will be. */
  finish(): boolean {
    if (!this.#isFinished && !this.#deframer.finish()) return false;
    this.#isFinished = true;
    return this.#inflater?.isIdle !== false;
  }

  /** Lets go of what has come. */
  stop(): void {
    this.#deframer.stop();
    this.#inflater?.stop();
  }

  messageReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    flags: number,
    owned: boolean,
  ): void {
    if (this.#inflater !== undefined)
      this.#inflater.push(bytes.subarray(start, end), flags, owned, 0);
    else this.#owner.requestReceived(bytes, start, end, owned, end - start);
  }

  messageInflated({ bytes, owned, wasCompressed, wireByteCount }: InflatedMessage): void {
    const request = this.#owner.requestReceived(bytes, 0, bytes.length, owned, wireByteCount);
    if (wasCompressed) markCompressed(request);
  }

  inflatingFailed(code: Code, message: string): void {
    this.#owner.fail(toFramingError(this.#owner.entry, code, message));
  }

  inflaterIdle(): void {
    if (this.#isFinished) this.#owner.requestComplete();
  }

  deframingFailed(code: Code, message: string): void {
    this.#owner.fail(toFramingError(this.#owner.entry, code, message));
  }
}

/** Whether `bytes` are exactly one uncompressed message of at most `limit` bytes, in its envelope. */
export function isWholeMessage(bytes: Uint8Array, limit: number): boolean {
  const length = bytes.length - 5;
  return (
    length >= 0 &&
    length <= limit &&
    bytes[0] === 0 &&
    bytes[1]! * 0x1000000 + ((bytes[2]! << 16) | (bytes[3]! << 8) | bytes[4]!) === length
  );
}
