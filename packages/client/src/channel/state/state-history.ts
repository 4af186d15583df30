// The latest states of a channel, and who waits for the next one.
import type { ConnectivityState } from "../../subchannel/state.js";

/** Who reads slower than this misses states in between, never the last one. */
const keptStates = 64;

/** See the file's first line. */
export class StateHistory {
  #states: ConnectivityState[];
  /** The number of the last state; the first one of a channel is 0. */
  #last = 0;
  #waiters = new Set<() => void>();

  constructor(first: ConnectivityState) {
    this.#states = [first];
  }

  get last(): number {
    return this.#last;
  }

  /** How many wait for a change. */
  get waiting(): number {
    return this.#waiters.size;
  }

  add(state: ConnectivityState): void {
    this.#states.push(state);
    this.#last += 1;
    if (this.#states.length > keptStates) {
      this.#states.shift();
    }
    const waiters = this.#waiters;
    this.#waiters = new Set();
    for (const wake of waiters) {
      wake();
    }
  }

  /** The first state from `number` on that is still known, with its number; undefined when there is none yet. */
  from(number: number): { readonly number: number; readonly state: ConnectivityState } | undefined {
    const oldest = this.#last - this.#states.length + 1;
    const at = Math.max(number, oldest);
    const state = this.#states[at - oldest];
    return state === undefined ? undefined : { number: at, state };
  }

  /** Calls `wake` once, at the next change. */
  wait(wake: () => void): void {
    this.#waiters.add(wake);
  }

  forget(wake: () => void): void {
    this.#waiters.delete(wake);
  }
}
