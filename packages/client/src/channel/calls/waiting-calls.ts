// The calls that wait for a connection or for a free stream, bounded together, each in the queue of what it waits for.
import type { PendingCall } from "../../call/call-host.js";
import { CallQueue } from "./call-queue.js";

/** See the file's first line. */
export class WaitingCalls {
  readonly limit: number;
  /** Those that wait for a picker that knows a connection. */
  readonly #unpicked = new CallQueue();
  readonly #queues = new Map<PendingCall, CallQueue>();
  readonly #changed: (someWait: boolean) => void;

  /** @param changed called when the first call comes to wait and when the last one has gone. */
  constructor(limit: number, changed: (someWait: boolean) => void) {
    this.limit = limit;
    this.#changed = changed;
  }

  get size(): number {
    return this.#queues.size;
  }

  /** Those that have a connection, but no free stream on it. */
  get sizeForStreams(): number {
    return this.#queues.size - this.#unpicked.size;
  }

  /** Puts the call at the end of a queue, out of any other. False when the limit is reached. */
  add(call: PendingCall, queue: CallQueue = this.#unpicked): boolean {
    const before = this.#queues.get(call);
    if (before === undefined && this.#queues.size >= this.limit) {
      return false;
    }
    before?.delete(call);
    queue.add(call);
    this.#queues.set(call, queue);
    if (this.#queues.size === 1 && before === undefined) {
      this.#changed(true);
    }
    return true;
  }

  remove(call: PendingCall): void {
    const queue = this.#queues.get(call);
    if (queue !== undefined) {
      queue.delete(call);
      this.#queues.delete(call);
      if (this.#queues.size === 0) {
        this.#changed(false);
      }
    }
  }

  /** The queue that a call is in. */
  queueOf(call: PendingCall): CallQueue | undefined {
    return this.#queues.get(call);
  }

  /** Offers the calls of a queue to `tryStart`, in order, until it returns false. */
  drain(tryStart: (call: PendingCall) => boolean, queue: CallQueue = this.#unpicked): void {
    queue.drain((call) => {
      const isTaken = tryStart(call);
      // It may have gone to another queue instead.
      if (isTaken && this.#queues.get(call) === queue) {
        this.remove(call);
      }
      return isTaken;
    });
  }

  /** What these calls waited for will not come: they wait for a pick again. */
  pickAgain(queue: CallQueue): void {
    for (const call of queue.calls) {
      this.add(call);
    }
  }
}
