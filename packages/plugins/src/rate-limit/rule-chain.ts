// The rules that hold for one method: all must let a call in, and those that have get their tokens back when one has not.
import type { Call, Clock } from "@trunkline/core";
import type { ServerCall } from "@trunkline/server";
import type { RuleGate } from "./rule-gate.js";

/** A rule, and what calls of the method cost by it. */
interface Priced {
  readonly gate: RuleGate;
  readonly cost: number | ((call: ServerCall) => number);
}

/** The rules of one method. */
export class RuleChain {
  readonly #priced: readonly Priced[];

  constructor(gates: readonly RuleGate[], method: Call["method"]) {
    this.#priced = gates.map((gate) => ({ gate, cost: gate.plan.costOf(method) }));
  }

  /** Lets a call in. @throws {RpcError} RESOURCE_EXHAUSTED, at once or later. */
  admit(call: ServerCall): void | Promise<void> {
    return this.#admitFrom(0, call);
  }

  /** Lets one message of a call in, by the rules that count messages; may wait. @throws {RpcError} as `admit`. */
  async admitMessage(call: ServerCall, clock: Clock): Promise<void> {
    for (const { gate } of this.#priced) {
      const key = gate.plan.messages === undefined ? false : gate.keyOf(call);
      if (key === false) continue;
      let waitMs = await gate.take(key, 1);
      while (waitMs > 0 && gate.plan.messages === "delay" && !gate.plan.shadow) {
        await wait(clock, waitMs, call.signal);
        waitMs = await gate.take(key, 1);
      }
      gate.settle(call, key, 1, waitMs);
    }
  }

  #admitFrom(first: number, call: ServerCall): void | Promise<void> {
    for (let at = first; at < this.#priced.length; at++) {
      const { gate, cost } = this.#priced[at]!;
      const key = gate.keyOf(call);
      if (key === false) continue;
      const price = typeof cost === "number" ? cost : cost(call);
      const waitMs = price === 0 ? 0 : gate.take(key, price);
      if (typeof waitMs !== "number") return this.#goOnAfter(at, call, key, price, waitMs);
      this.#settle(at, call, key, price, waitMs);
    }
  }

  async #goOnAfter(
    at: number,
    call: ServerCall,
    key: string,
    price: number,
    waiting: Promise<number>,
  ): Promise<void> {
    let waitMs: number;
    try {
      waitMs = await waiting;
    } catch (error) {
      this.#giveBackBefore(at, call);
      throw error;
    }
    this.#settle(at, call, key, price, waitMs);
    await this.#admitFrom(at + 1, call);
  }

  #settle(at: number, call: ServerCall, key: string, price: number, waitMs: number): void {
    const { gate } = this.#priced[at]!;
    if (waitMs > 0 && !gate.plan.shadow) this.#giveBackBefore(at, call);
    gate.settle(call, key, price, waitMs);
  }

  #giveBackBefore(end: number, call: ServerCall): void {
    for (const { gate, cost } of this.#priced.slice(0, end)) {
      // Of one that only counts nobody knows whether it has taken anything.
      const key = gate.plan.shadow ? false : gate.keyOf(call);
      if (key !== false) gate.giveBack(key, typeof cost === "number" ? cost : cost(call));
    }
  }
}

/** @throws what the call was aborted with. */
function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = clock.setTimer(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
  });
}
