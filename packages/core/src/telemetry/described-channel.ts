// What channels say of themselves to whoever observes them, as channelz tells it (gRFC A14).
import type { ConnectionInfo } from "./connection-info.js";

/** Counters of calls; they only grow. */
export interface CallFigures {
  /** Calls that were begun. */
  readonly startedCalls: number;
  /** Calls that have ended with OK. */
  readonly succeededCalls: number;
  /** Calls that have ended otherwise. */
  readonly failedCalls: number;
  /** When the latest call was begun, milliseconds since 1970; undefined: none was, or nobody has noted it. */
  readonly lastCallStartedMs?: number | undefined;
}

/** One address of a channel. */
export interface DescribedSubchannel {
  /** What it connects to. */
  readonly address: string;
  /** IDLE, CONNECTING, READY, TRANSIENT_FAILURE or SHUTDOWN. */
  readonly state: string;
  /** Its connections that are open now. */
  connections(): readonly ConnectionInfo[];
  /** Its counters, where they are kept. */
  figures?(): CallFigures;
}

/** A channel, as its observers see it. Those that `createChannel` makes are such. */
export interface DescribedChannel {
  /** The target as it was given. */
  readonly target: string;
  /** IDLE, CONNECTING, READY, TRANSIENT_FAILURE or SHUTDOWN. */
  readonly state: string;
  /** Its connections that are open now. */
  connections(): readonly ConnectionInfo[];
  /** Its addresses, where they are told; else connections are told of as the channel's own. */
  subchannels?(): readonly DescribedSubchannel[];
  /** Its counters, where they are kept. */
  figures?(): CallFigures;
}
