// Waits until a channel is READY, and says why it is not when that takes too long.
import { type Clock, Code, describeValue, RpcError, UsageError } from "@trunkline/core";
import { checkTime, formatMs, toAbortError } from "../../call/call-limits.js";
import { ConnectivityState } from "../../subchannel/state.js";
import type { WaitForReadyOptions } from "../channel-port.js";
import type { Connectivity } from "./connectivity.js";

/** What the wait needs of its channel. */
export interface ReadyHost {
  readonly target: string;
  readonly clock: Clock;
  readonly connectivity: Connectivity;
  readonly activity: {
    /** Somebody waits, or no longer does: connecting keeps the process alive meanwhile. */
    readyWanted(on: boolean): void;
  };
  readonly calls: {
    /** Why it is not READY. */
    describeUnready(): string;
  };
  connect(): void;
}

/** @throws {UsageError} for options that cannot be used. */
export function waitForReady(
  host: ReadyHost,
  channel: object,
  options: WaitForReadyOptions = {},
): Promise<void> {
  const { timeoutMs = Infinity, signal } = options;
  if (checkTime("timeoutMs", timeoutMs) < 0) {
    throw new UsageError(`option timeoutMs is ${timeoutMs}; it must be 0 or more`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new UsageError(`option signal is ${describeValue(signal)}; it must be an AbortSignal`);
  }
  return new Promise((resolve, reject) => {
    const wait = new ReadyWait(host, channel, signal, (error) =>
      error === undefined ? resolve() : reject(error),
    );
    wait.begin(timeoutMs);
  });
}

class ReadyWait {
  readonly #host: ReadyHost;
  /** Keeps the channel from being collected while somebody waits for it. */
  readonly channel: object;
  readonly #signal: AbortSignal | undefined;
  readonly #settle: (error: RpcError | undefined) => void;
  #cancelTimer: () => void = () => {};
  #isOver = false;

  constructor(
    host: ReadyHost,
    channel: object,
    signal: AbortSignal | undefined,
    settle: (error: RpcError | undefined) => void,
  ) {
    this.#host = host;
    this.channel = channel;
    this.#signal = signal;
    this.#settle = settle;
  }

  begin(timeoutMs: number): void {
    this.#host.activity.readyWanted(true);
    this.#signal?.addEventListener("abort", this.#aborted);
    if (timeoutMs !== Infinity) {
      const timer = this.#host.clock.setTimer(timeoutMs, () => this.#timedOut(timeoutMs));
      timer.keepAlive(true);
      this.#cancelTimer = () => timer.cancel();
    }
    this.#signal?.aborted ? this.#aborted() : this.#check();
  }

  readonly #check = (): void => {
    if (this.#isOver) {
      return;
    }
    const { target, connectivity } = this.#host;
    const { state, history } = connectivity;
    if (state === ConnectivityState.READY) {
      this.#end(undefined);
    } else if (state === ConnectivityState.SHUTDOWN) {
      this.#end(new RpcError(Code.CANCELLED, `the channel to "${target}" was closed`));
    } else {
      history.wait(this.#check);
      if (state === ConnectivityState.IDLE) {
        this.#host.connect();
      }
    }
  };

  readonly #aborted = (): void => this.#end(toAbortError(this.#signal?.reason));

  #timedOut(timeoutMs: number): void {
    const { target } = this.#host;
    const why = this.#host.calls.describeUnready();
    const text = `the channel to "${target}" was not READY within ${formatMs(timeoutMs)} ms: ${why}`;
    this.#end(new RpcError(Code.DEADLINE_EXCEEDED, text));
  }

  #end(error: RpcError | undefined): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#cancelTimer();
      this.#signal?.removeEventListener("abort", this.#aborted);
      this.#host.connectivity.history.forget(this.#check);
      this.#host.activity.readyWanted(false);
      this.#settle(error);
    }
  }
}
