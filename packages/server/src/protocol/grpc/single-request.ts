// Puts the one request of a call together when it does not come in one piece.
import { type Code, Deframer, type DeframerSink } from "@trunkline/core";
import type { MethodEntry } from "../../dispatch/method-entry.js";
import { toFramingError } from "./failures.js";

/** The call that the request belongs to. */
export interface SingleRequestOwner {
  readonly entry: MethodEntry;
  readonly maxReceiveBytes: number;
  requestReceived(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  fail(reason: unknown): void;
}

/** The one request of a call, in pieces. */
export class SingleRequest implements DeframerSink {
  readonly #owner: SingleRequestOwner;
  readonly #deframer: Deframer;

  constructor(owner: SingleRequestOwner) {
    this.#owner = owner;
    this.#deframer = new Deframer(this, owner.maxReceiveBytes);
  }

  push(bytes: Uint8Array): void {
    this.#deframer.push(bytes);
  }

  /** @returns false when the request is not complete; the call has been told then. */
  finish(): boolean {
    return this.#deframer.finish();
  }

  /** Lets go of what has come. */
  stop(): void {
    this.#deframer.stop();
  }

  messageReceived(
    bytes: Uint8Array,
    start: number,
    end: number,
    _flags: number,
    owned: boolean,
  ): void {
    this.#owner.requestReceived(bytes, start, end, owned);
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
