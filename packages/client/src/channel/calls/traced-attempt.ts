// Tells the log of each attempt of a call: where it goes, how it ends, how long that took. Only when calls are traced.
import { codeName, traceStep } from "@trunkline/core";
import type { AttemptObserver, AttemptOutcome, Pick, PickedCall } from "../../balancer/balancer.js";
import { withObserver } from "../../balancer/observe.js";
import { formatAddress } from "../../resolver/address.js";
import type { TracedChannel } from "../channel-trace.js";

let lastAttempt = 0;

class TracedAttempt implements AttemptObserver {
  readonly #context: TracedChannel;
  readonly #fields: Readonly<Record<string, unknown>>;
  #startedMs = 0;

  constructor(context: TracedChannel, path: string, address: string) {
    this.#context = context;
    this.#fields = { channel: context.channel, attempt: ++lastAttempt, method: path, address };
  }

  started(): void {
    this.#startedMs = this.#context.clock.now();
    traceStep(this.#context.log, "call", "attempt begins", this.#fields);
  }

  ended({ code }: AttemptOutcome): void {
    const ms = Math.round(this.#context.clock.now() - this.#startedMs);
    const fields = { ...this.#fields, status: codeName(code), ms };
    traceStep(this.#context.log, "call", "attempt ended", fields);
  }
}

/** The same pick; its attempt is told of. One that sends the call nowhere is told of at once. */
export function tracePick(context: TracedChannel, call: PickedCall, pick: Pick): Pick {
  if (pick.kind === "use") {
    const address = formatAddress(pick.subchannel.address);
    return withObserver(pick, new TracedAttempt(context, call.path, address));
  }
  const why = pick.kind === "wait" ? pick.why : pick.error.message;
  const message = pick.kind === "wait" ? "call waits" : "call refused";
  const { channel } = context;
  traceStep(context.log, "call", message, { channel, method: call.path, why });
  return pick;
}
