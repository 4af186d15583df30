// The states of a channel, one after the other, for `for await`.
import { toAbortError } from "../../call/call-limits.js";
import { ConnectivityState } from "../../subchannel/state.js";
import type { StateHistory } from "./state-history.js";

type Result = IteratorResult<ConnectivityState, undefined>;
const done: Result = { done: true, value: undefined };

/** See the file's first line. Between two reads it holds nothing of the channel's. */
export class StateIterator
  implements AsyncIterableIterator<ConnectivityState, undefined, undefined>, AsyncDisposable
{
  readonly #history: StateHistory;
  readonly #signal: AbortSignal | undefined;
  /** Whoever reads the states of a channel goes on using it. */
  readonly #channel: object;
  #next: number;
  #isDone = false;
  readonly #pending = new Set<() => void>();

  constructor(history: StateHistory, channel: object, signal: AbortSignal | undefined) {
    this.#history = history;
    this.#channel = channel;
    this.#signal = signal;
    this.#next = history.last;
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => this.#read(resolve, reject));
  }

  return(): Promise<Result> {
    this.#isDone = true;
    for (const wake of [...this.#pending]) {
      wake();
    }
    return Promise.resolve(done);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #read(resolve: (result: Result) => void, reject: (reason: unknown) => void): void {
    if (this.#isDone) {
      resolve(done);
    } else if (this.#signal?.aborted === true) {
      this.#isDone = true;
      reject(toAbortError(this.#signal.reason));
    } else {
      const found = this.#history.from(this.#next);
      found === undefined ? this.#wait(resolve, reject) : resolve(this.#take(found));
    }
  }

  #take(found: { readonly number: number; readonly state: ConnectivityState }): Result {
    this.#next = found.number + 1;
    this.#isDone = found.state === ConnectivityState.SHUTDOWN;
    return { done: false, value: found.state };
  }

  #wait(resolve: (result: Result) => void, reject: (reason: unknown) => void): void {
    const wake = (): void => {
      this.#history.forget(wake);
      this.#pending.delete(wake);
      this.#signal?.removeEventListener("abort", wake);
      this.#read(resolve, reject);
    };
    // Named, so that the channel is not collected while somebody waits for its next state.
    void this.#channel;
    this.#pending.add(wake);
    this.#history.wait(wake);
    this.#signal?.addEventListener("abort", wake);
  }
}
