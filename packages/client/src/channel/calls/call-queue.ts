// Calls that wait for the same thing, first come, first served.
import type { PendingCall } from "../../call/call-host.js";

/** See the file's first line. */
export class CallQueue {
  readonly #calls = new Set<PendingCall>();
  /** What they wait for, to complete "waiting for ...". */
  readonly describe: (() => string) | undefined;
  #isDraining = false;
  #again = false;

  /** @param describe undefined: nobody but the channel knows what they wait for. */
  constructor(describe?: () => string) {
    this.describe = describe;
  }

  get size(): number {
    return this.#calls.size;
  }

  get calls(): Iterable<PendingCall> {
    return this.#calls;
  }

  add(call: PendingCall): void {
    this.#calls.add(call);
  }

  delete(call: PendingCall): void {
    this.#calls.delete(call);
  }

  /** Offers each call to `take`, in order, until it returns false. Asked again meanwhile, it begins anew. */
  drain(take: (call: PendingCall) => boolean): void {
    if (this.#isDraining) {
      this.#again = true;
      return;
    }
    this.#isDraining = true;
    try {
      do {
        this.#again = false;
        this.#drainOnce(take);
      } while (this.#again && this.#calls.size > 0);
    } finally {
      this.#isDraining = false;
    }
  }

  #drainOnce(take: (call: PendingCall) => boolean): void {
    for (const call of this.#calls) {
      if (!take(call)) {
        return;
      }
    }
  }
}
