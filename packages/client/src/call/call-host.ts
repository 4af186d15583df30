// What a call needs of its channel, and the channel of a call: the seam between the two rooms.
import type { DeadlineWheel, MessageFormat, RpcError } from "@trunkline/core";
import type { AttemptObserver } from "../balancer/balancer.js";
import type { AttemptReceiver } from "../transport/transport.js";

/** A call on its way to a connection, as the channel sees it. */
export interface PendingCall extends AttemptReceiver {
  /** It waits while connections fail, rather than fail with them. */
  readonly waitForReady: boolean;
  /** Who follows the next attempt, if anybody. */
  watch(observer: AttemptObserver | undefined): void;
  /** There will be no attempt: the call ends with `error`. */
  refused(error: RpcError): void;
}

/** A channel as its calls see it. */
export interface CallHost {
  readonly deadlines: DeadlineWheel;
  readonly defaultTimeoutMs: number | undefined;
  readonly maxReceiveMessageBytes: number;
  readonly maxSendMessageBytes: number;
  /** How messages are written; undefined: protobuf. */
  readonly format: MessageFormat | undefined;
  /** Finds a connection for the call, now or as soon as there is one. */
  start(call: PendingCall): void;
  /** The call no longer wants a connection. */
  forget(call: PendingCall): void;
  /** What a call without an attempt waits for, to complete "waiting for ...". */
  describeWait(): string;
}
