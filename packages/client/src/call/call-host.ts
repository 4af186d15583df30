// What a call needs of its channel, and the channel of a call: the seam between the two rooms.
import type {
  CallScope,
  CompressionPlan,
  DeadlineWheel,
  MessageFormat,
  Metadata,
  OutgoingCompression,
  RpcError,
} from "@trunkline/core";
import type { AttemptObserver, PickedCall } from "../balancer/balancer.js";
import type { RetryRules } from "../retry/retry-rules.js";
import type { MethodConfig } from "../service-config/service-config.js";
import type { CallObservers } from "../telemetry/call-observers.js";
import type { AttemptReceiver } from "../transport/transport.js";

/** A call on its way to a connection, as the channel sees it. */
export interface PendingCall extends AttemptReceiver, PickedCall {
  readonly metadata: Metadata | undefined;
  /** Whether it has been told its method's config. */
  readonly isConfigured: boolean;
  /**
   * What the service config says about its method; undefined: nothing. Called once, before the first pick.
   * @returns false when the call has ended over it, or goes on with attempts of their own.
   */
  configureMethod(config: MethodConfig | undefined): boolean;
  /** It waits while connections fail, rather than fail with them. */
  readonly waitForReady: boolean;
  /** Where it has failed, or where another attempt of it is under way: any other server is better. */
  readonly avoidedPeer: string | undefined;
  /** It has to wait: for the target's name, or for a connection. */
  waits?(): void;
  /** Who follows the next attempt, if anybody. */
  watch(observer: AttemptObserver | undefined): void;
  /** There will be no attempt. @param isFinal there is no use in trying again. */
  refused(error: RpcError, isFinal: boolean): void;
}

/** A channel as its calls see it. */
export interface CallHost {
  readonly target: string;
  /** Who hears of calls; undefined: nobody. */
  readonly observers: CallObservers | undefined;
  /** How its calls are repeated. */
  readonly retries: RetryRules;
  readonly deadlines: DeadlineWheel;
  readonly defaultTimeoutMs: number | undefined;
  /** Knows the parents of calls that name none; undefined: nothing does. */
  readonly callScope: CallScope | undefined;
  readonly maxReceiveMessageBytes: number;
  /** Whether that limit was said for the channel, rather than being the default. */
  readonly hasNamedReceiveLimit: boolean;
  readonly maxSendMessageBytes: number;
  /** How messages are written; undefined: protobuf. */
  readonly format: MessageFormat | undefined;
  /** How requests are compressed unless the call says otherwise; undefined: not at all. */
  readonly outgoing: OutgoingCompression | undefined;
  readonly compression: CompressionPlan;
  /** What the attempts of its calls name as their owner. */
  readonly owner: object;
  /** A call has begun; it has not asked for a connection yet. */
  callStarted(): void;
  /** A call that had begun is over, with OK or otherwise. */
  callEnded(isOk: boolean): void;
  /** Finds a connection for the call, now or as soon as there is one. */
  start(call: PendingCall): void;
  /** The call no longer wants a connection. */
  forget(call: PendingCall): void;
  /** What a call without an attempt waits for, to complete "waiting for ...". */
  describeWait(call: PendingCall): string;
}
