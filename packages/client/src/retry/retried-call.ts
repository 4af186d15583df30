// The seam between a call and its attempts, where a policy makes more than one of them.
import type { RpcError } from "@trunkline/core";
import type { CallHost } from "../call/call-host.js";
import type { ClientCallRecord } from "../telemetry/client-call-record.js";
import type { Attempt, AttemptReceiver, RequestOutlet } from "../transport/transport.js";
import type { Reach } from "./transparent-retry.js";

/** A call as its attempts see it. */
export interface RetriedCall
  extends Omit<
    AttemptReceiver,
    "attached" | "singleRequest" | "writable" | "failed" | "previousAttempts" | "record"
  > {
  readonly host: CallHost;
  /** What observers know the call by; undefined: nobody listens. */
  readonly observed: ClientCallRecord | undefined;
  readonly waitForReady: boolean;
  /** Whether anything may ask how long the call has been waiting. */
  readonly isTimed: boolean;
  /** The response is that of this attempt; the call hears of it from here on. */
  adopt(attempt: Attempt | undefined): void;
  /** The requests of a request stream go there. */
  pumpTo(outlet: RequestOutlet): void;
  /** There is room for requests again. */
  pumpOn(): void;
  /** The call has failed. */
  endFailed(error: RpcError, trailers: readonly string[] | undefined): void;
}

/** How an attempt failed. */
export interface AttemptFailure {
  readonly error: RpcError;
  readonly reach: Reach;
  readonly trailers: readonly string[] | undefined;
  /** Nothing had come within its own time limit. */
  readonly isTimeout: boolean;
}
