// What all lines of one channel in the log have in common.
import { type Clock, type Log, type LogFields, type TracedPart, traceStep } from "@trunkline/core";

/** A channel, as far as its lines in the log concern it. */
export interface TracedChannel {
  readonly target: string;
  /** Its number in the log. */
  readonly channel: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Tells the log of a step of the channel. */
export function traceChannel(
  { log, channel, target }: TracedChannel,
  part: TracedPart,
  message: string,
  fields: LogFields,
): void {
  traceStep(log, part, message, { channel, target, ...fields });
}
