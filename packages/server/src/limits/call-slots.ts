// The calls of one key that are under way, and those that wait until one of them is over.
import { Deferred, type RpcError, type Timer } from "@trunkline/core";
import type { CallFollower, ServerCall } from "../dispatch/server-call.js";

/** Why a call that waited was not let in. */
export type WaitEnd = "timeout" | "gone";

/** What the slots of all keys have in common. */
export interface SlotOwner {
  readonly max: number;
  /** Calls that may wait for each key. */
  readonly maxWaiting: number;
  /** Calls `wake` when a call has waited for as long as it may; undefined: it may for ever. */
  startTimer(wake: () => void): Timer | undefined;
  /** What a call ends with that was not let in. */
  refuse(slots: CallSlots, call: ServerCall, end: WaitEnd): RpcError;
  /** Nobody is here any more. */
  emptied(slots: CallSlots): void;
}

class Waiter {
  readonly call: ServerCall;
  readonly let = new Deferred<void>();
  timer: Timer | undefined = undefined;

  constructor(call: ServerCall) {
    this.call = call;
  }
}

/** The slots of one key. */
export class CallSlots implements CallFollower {
  readonly key: string | undefined;
  running = 0;
  readonly #owner: SlotOwner;
  readonly #waiters = new Set<Waiter>();

  constructor(owner: SlotOwner, key: string | undefined) {
    this.#owner = owner;
    this.key = key;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  /** Whether a call can go on now. It takes a slot. */
  tryEnter(call: ServerCall): boolean {
    if (this.running >= this.#owner.max || this.#waiters.size > 0) return false;
    this.#enter(call);
    return true;
  }

  /** Whether one more call may wait. */
  get hasRoom(): boolean {
    return this.#waiters.size < this.#owner.maxWaiting;
  }

  /** Resolves when the call has a slot; rejects when it has waited for too long, or its client is gone. */
  wait(call: ServerCall): Promise<void> {
    const waiter = new Waiter(call);
    this.#waiters.add(waiter);
    const { signal } = call;
    const giveUp = (end: WaitEnd): void => {
      if (!this.#waiters.delete(waiter)) return;
      waiter.timer?.cancel();
      waiter.let.reject(this.#owner.refuse(this, call, end));
      this.#leaveIfEmpty();
    };
    waiter.timer = this.#owner.startTimer(() => giveUp("timeout"));
    signal.addEventListener("abort", () => giveUp("gone"), { once: true });
    if (signal.aborted) giveUp("gone");
    return waiter.let.promise;
  }

  /** A call is over: the one that has waited for the longest takes its slot. */
  callFinished(): void {
    this.running--;
    for (const waiter of this.#waiters) {
      this.#waiters.delete(waiter);
      waiter.timer?.cancel();
      waiter.let.resolve();
      this.#enter(waiter.call);
      return;
    }
    this.#leaveIfEmpty();
  }

  #enter(call: ServerCall): void {
    this.running++;
    call.follow(this);
  }

  #leaveIfEmpty(): void {
    if (this.running === 0 && this.#waiters.size === 0) this.#owner.emptied(this);
  }
}
