// Lets large answers wait their turn: a client that takes none of them may not pile them up (CVE-2016-1546, 2019-9517).

/** Encoded answers of one connection that may wait at a time, in bytes. What is more waits as the handler gave it. */
export const MAX_HELD_BYTES: number = 2_097_152;

/** An answer that waits to be encoded and sent. */
export interface WaitingAnswer {
  /** It is its turn. Not called again. */
  proceed(): void;
}

/**
 * The answers of one connection that were sent but not taken. A handler that answers once cannot be
 * told to wait, as one that answers with a stream can: so its answer is, before it is encoded.
 */
export class ResponseGate {
  #heldBytes = 0;
  #isOpening = false;
  readonly #waiting: WaitingAnswer[] = [];

  /** Whether answers have to wait. */
  get isClosed(): boolean {
    return this.#heldBytes >= MAX_HELD_BYTES || this.#waiting.length > 0;
  }

  /** An answer of which `byteCount` bytes wait has been sent. */
  hold(byteCount: number): void {
    this.#heldBytes += byteCount;
  }

  /** So much of what was held has been taken, or dropped. */
  release(byteCount: number): void {
    this.#heldBytes -= byteCount;
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      while (this.#heldBytes < MAX_HELD_BYTES) {
        const next = this.#waiting.shift();
        if (next === undefined) return;
        next.proceed();
      }
    } finally {
      this.#isOpening = false;
    }
  }

  /** Waits until others have been taken. One that is no longer wanted may stay: it does nothing then. */
  wait(answer: WaitingAnswer): void {
    this.#waiting.push(answer);
  }
}
