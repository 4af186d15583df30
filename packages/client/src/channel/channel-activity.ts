// How busy a channel is: the calls under way and those who wait for it, which keep it from going idle and the process from ending.
import type { CallFigures, Clock } from "@trunkline/core";
import { IdleTimer } from "./idle-timer.js";
import { ProcessHold } from "./process-hold.js";

/** See the file's first line. */
export class ChannelActivity {
  readonly idle: IdleTimer;
  /** Calls that have begun and not ended. */
  activeCalls = 0;
  #startedCalls = 0;
  #failedCalls = 0;
  readonly #hold: ProcessHold;
  #readyWaits = 0;
  #someCallsWait = false;
  #quietWaiters: (() => void)[] = [];

  /** @param becameIdle called when nothing has happened for `idleTimeoutMs` since `idle` began. */
  constructor(clock: Clock, idleTimeoutMs: number, becameIdle: () => void) {
    this.#hold = new ProcessHold(clock);
    this.idle = new IdleTimer(clock, idleTimeoutMs, () => this.#isBusy, becameIdle);
  }

  get #isBusy(): boolean {
    return this.activeCalls > 0 || this.#readyWaits > 0;
  }

  callStarted(): void {
    this.activeCalls += 1;
    this.#startedCalls += 1;
  }

  callEnded(isOk: boolean): void {
    this.activeCalls -= 1;
    if (!isOk) this.#failedCalls += 1;
    if (this.activeCalls === 0) {
      this.idle.touch();
      if (this.#quietWaiters.length > 0) {
        this.#tellQuiet();
      }
    }
  }

  /** All calls so far; one with several attempts counts once. */
  figures(): CallFigures {
    const startedCalls = this.#startedCalls;
    const failedCalls = this.#failedCalls;
    const succeededCalls = startedCalls - failedCalls - this.activeCalls;
    return { startedCalls, succeededCalls, failedCalls };
  }

  #tellQuiet(): void {
    for (const tell of this.#quietWaiters.splice(0)) {
      tell();
    }
  }

  /** Resolves when no call is under way any more. */
  whenQuiet(): Promise<void> {
    return new Promise((resolve) => {
      this.activeCalls === 0 ? resolve() : this.#quietWaiters.push(resolve);
    });
  }

  /** Whether there are calls that wait for a connection or for a free stream. */
  callsWait(someWait: boolean): void {
    this.#someCallsWait = someWait;
    this.#holdProcess();
  }

  /** Somebody waits for the channel to be READY, or no longer does. */
  readyWanted(on: boolean): void {
    this.#readyWaits += on ? 1 : -1;
    this.idle.touch();
    this.#holdProcess();
  }

  #holdProcess(): void {
    this.#hold.hold(this.#someCallsWait || this.#readyWaits > 0);
  }
}
