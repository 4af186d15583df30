// Where the calls of a channel go: each is told its method's config and picked for, then started, refused, or left to wait.
import { Code, isTraced, RpcError } from "@trunkline/core";
import type { Pick, Picker } from "../../balancer/balancer.js";
import type { PendingCall } from "../../call/call-host.js";
import type { TracedChannel } from "../channel-trace.js";
import type { ConfigInForce } from "../config-in-force.js";
import type { Connectivity } from "../state/connectivity.js";
import type { CallQueue } from "./call-queue.js";
import { describeState, pickElsewhere } from "./pickers.js";
import { tracePick } from "./traced-attempt.js";
import type { WaitingCalls } from "./waiting-calls.js";

/** What the calls need of their channel. */
export interface CallsHost extends TracedChannel {
  readonly connectivity: Connectivity;
}

const anyCall = { path: "", metadata: undefined };

/** See the file's first line. */
export class ChannelCalls {
  /** Asked for each call; those that wait are offered to a new one by `startWaiting`. */
  picker: Picker;
  readonly waiting: WaitingCalls;
  readonly #host: CallsHost;
  readonly #config: ConfigInForce;
  readonly #tracesCalls: boolean = isTraced("call");
  /** Why a call waits, for the error when its deadline passes. */
  #lastWait: Pick = { kind: "wait", why: "a connection" };

  constructor(host: CallsHost, config: ConfigInForce, waiting: WaitingCalls, picker: Picker) {
    this.#host = host;
    this.#config = config;
    this.waiting = waiting;
    this.picker = picker;
  }

  // --- for calls

  start(call: PendingCall): void {
    if (!this.#tryStart(call)) {
      this.#wait(call);
    }
  }

  #wait(call: PendingCall, queue?: CallQueue): void {
    if (!this.waiting.add(call, queue)) {
      const text = `too many calls wait for "${this.#host.target}": the limit is ${this.waiting.limit} (option maxQueuedCalls)`;
      call.refused(new RpcError(Code.RESOURCE_EXHAUSTED, text), true);
    }
  }

  forget(call: PendingCall): void {
    this.waiting.remove(call);
  }

  describeWait(call: PendingCall): string {
    const why = this.waiting.queueOf(call)?.describe?.();
    return this.#describe(why === undefined ? this.#lastWait : { kind: "wait", why });
  }

  /** What a call would wait for that came now. */
  describeUnready(): string {
    return this.#describe(this.picker.pick(anyCall));
  }

  #describe(pick: Pick): string {
    const { target, connectivity } = this.#host;
    return describeState(pick, target, connectivity.state, connectivity.ageMs);
  }

  /** False when the call has to wait. A pick may change the picker: then the new one is asked. */
  #tryStart(call: PendingCall): boolean {
    for (;;) {
      const config = this.#config;
      if (!call.isConfigured && config.isKnown && !call.configureMethod(config.method(call.path))) {
        return true;
      }
      const { picker } = this;
      const { avoidedPeer } = call;
      const answer =
        avoidedPeer === undefined ? picker.pick(call) : pickElsewhere(picker, call, avoidedPeer);
      const pick = this.#tracesCalls ? tracePick(this.#host, call, answer) : answer;
      if (pick.kind === "use") {
        call.watch(pick.observer);
        if (pick.subchannel.start(call)) {
          return true;
        }
      } else if (pick.kind === "drop" || (pick.kind === "fail" && !call.waitForReady)) {
        call.refused(pick.error, pick.kind === "drop");
        return true;
      }
      if (picker === this.picker) {
        this.#lastWait = pick;
        call.waits?.();
        return false;
      }
    }
  }

  // --- for the channel

  /** Picks again for those that wait for a pick. */
  readonly startWaiting = (): void => this.waiting.drain((call) => this.#tryStart(call));

  // --- for connections

  waitForStream(call: PendingCall, queue: CallQueue): void {
    this.#wait(call, queue);
  }

  drain(queue: CallQueue, start: (call: PendingCall) => boolean): void {
    this.waiting.drain(start, queue);
  }

  pickAgain(queue: CallQueue): void {
    if (queue.size > 0) {
      this.waiting.pickAgain(queue);
      // Not at once: the policy may be about to bring a new picker.
      queueMicrotask(this.startWaiting);
    }
  }
}
