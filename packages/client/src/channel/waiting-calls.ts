// The calls that wait for a connection or for a free stream, first come, first served, bounded.
import type { PendingCall } from "../call/call-host.js";

/** See the file's first line. */
export class WaitingCalls {
  readonly limit: number;
  readonly #calls = new Set<PendingCall>();
  readonly #changed: (someWait: boolean) => void;
  #isDraining = false;
  #again = false;

  /** @param changed called when the first call comes to wait and when the last one has gone. */
  constructor(limit: number, changed: (someWait: boolean) => void) {
    this.limit = limit;
    this.#changed = changed;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** False when the limit is reached. */
  add(call: PendingCall): boolean {
    if (this.#calls.size >= this.limit) {
      return false;
    }
    this.#calls.add(call);
    if (this.#calls.size === 1) {
      this.#changed(true);
    }
    return true;
  }

  remove(call: PendingCall): void {
    if (this.#calls.delete(call) && this.#calls.size === 0) {
      this.#changed(false);
    }
  }

  /** Offers each call to `tryStart`, in order, until it returns false. Asked again meanwhile, it begins anew. */
  drain(tryStart: (call: PendingCall) => boolean): void {
    if (this.#isDraining) {
      this.#again = true;
      return;
    }
    this.#isDraining = true;
    try {
      do {
        this.#again = false;
        this.#drainOnce(tryStart);
      } while (this.#again && this.#calls.size > 0);
    } finally {
      this.#isDraining = false;
    }
  }

  #drainOnce(tryStart: (call: PendingCall) => boolean): void {
    for (const call of this.#calls) {
      if (!tryStart(call)) {
        return;
      }
      this.remove(call);
    }
  }
}
