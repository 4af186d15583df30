// Publishes the calls of every server and channel of the process on channels of node:diagnostics_channel, while somebody subscribes.
import { type Channel, channel } from "node:diagnostics_channel";
import type { ObservedRecord } from "../telemetry/call-record.js";

/** What subscribers of `trunkline.server.call.*` and `trunkline.client.call.*` are handed. */
export interface CallMessage<R = ObservedRecord> {
  /** The call's record: a `ServerCallRecord`, or a `ClientCallRecord`. */
  readonly call: R;
}

/** What subscribers of `trunkline.client.attempt.*` are handed. */
export interface AttemptMessage<R = ObservedRecord> {
  /** The attempt's record, an `AttemptRecord`. */
  readonly attempt: R;
}

/**
 * Publishes the calls of one end, as an observer would be told of them: `trunkline.server.call.start`, `trunkline.server.call.end`, and the same
 * for `client`, with `trunkline.client.attempt.start` and `.end` beside them.
 */
export class CallDiagnostics {
  readonly #callStart: Channel;
  readonly #callEnd: Channel;
  readonly #attemptStart: Channel;
  readonly #attemptEnd: Channel;

  constructor(end: "server" | "client") {
    this.#callStart = channel(`trunkline.${end}.call.start`);
    this.#callEnd = channel(`trunkline.${end}.call.end`);
    this.#attemptStart = channel(`trunkline.${end}.attempt.start`);
    this.#attemptEnd = channel(`trunkline.${end}.attempt.end`);
  }

  /** Whether anybody subscribes now. */
  get isActive(): boolean {
    return (
      this.#callStart.hasSubscribers ||
      this.#callEnd.hasSubscribers ||
      this.#attemptStart.hasSubscribers ||
      this.#attemptEnd.hasSubscribers
    );
  }

  /** A call begins. */
  callStarted(call: ObservedRecord): void {
    if (this.#callStart.hasSubscribers) this.#callStart.publish({ call } satisfies CallMessage);
  }

  /** A call has ended. */
  callEnded(call: ObservedRecord): void {
    if (this.#callEnd.hasSubscribers) this.#callEnd.publish({ call } satisfies CallMessage);
  }

  /** An attempt begins. */
  attemptStarted(attempt: ObservedRecord): void {
    if (!this.#attemptStart.hasSubscribers) return;
    this.#attemptStart.publish({ attempt } satisfies AttemptMessage);
  }

  /** An attempt has ended. */
  attemptEnded(attempt: ObservedRecord): void {
    if (!this.#attemptEnd.hasSubscribers) return;
    this.#attemptEnd.publish({ attempt } satisfies AttemptMessage);
  }
}
