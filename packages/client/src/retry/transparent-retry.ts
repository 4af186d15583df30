// Decides whether a failed attempt may be repeated without anybody noticing (gRFC A6 "Transparent retries").

/** What is known of a call when one of its attempts has failed. */
export interface FailedAttempt {
  /** The server has certainly not acted on it: REFUSED_STREAM, above GOAWAY's last id, or never sent. */
  readonly unprocessed: boolean;
  /** How many attempts the call has made, this one included. */
  readonly attempts: number;
  /** Everything that was sent can be sent again. */
  readonly isReplayable: boolean;
}

/**
 * Once, and only the first attempt: a server that refuses twice is overloaded or broken. Retry policies,
 * hedging and their buffers join this room later.
 */
export function mayRetryTransparently(failed: FailedAttempt): boolean {
  return failed.unprocessed && failed.isReplayable && failed.attempts === 1;
}
