// Flow control in the hands of the caller: bytes of messages go back to the server when the caller says so.
import { UsageError } from "@trunkline/core";

/** Whom the bytes are given back through. */
export interface CreditTaker {
  consumed(byteCount: number): void;
}

/** See the file's first line. */
export class ReadCredit {
  /** Bytes of each message that was taken, and not been granted for, in order. */
  readonly #held: number[] = [];
  /** Grants for messages that are still to come. */
  #ahead = 0;
  #taker: CreditTaker | undefined;

  /** The caller has taken a message. @returns how many bytes to give back now. */
  taken(byteCount: number, taker: CreditTaker): number {
    this.#taker = taker;
    if (this.#ahead > 0) {
      this.#ahead--;
      return byteCount;
    }
    this.#held.push(byteCount);
    return 0;
  }

  /** The caller is done with `count` more messages, or will be. */
  grant(count: number): void {
    const granted = this.#held.splice(0, count);
    this.#ahead += count - granted.length;
    const byteCount = granted.reduce((sum, bytes) => sum + bytes, 0);
    if (byteCount > 0) this.#taker?.consumed(byteCount);
  }
}

/** @throws {UsageError} when `count` is no whole number above 0. */
export function checkCredit(count: number): number {
  if (Number.isInteger(count) && count > 0) return count;
  throw new UsageError(
    `credit was called with ${count}; it must be a whole number of messages, 1 or more`,
  );
}
