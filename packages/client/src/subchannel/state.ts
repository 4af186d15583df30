// The connectivity states of a subchannel and of a channel, and which one may follow which.

/**
 * Connectivity (gRPC connectivity semantics document).
 *
 *   IDLE -> CONNECTING -> READY -> IDLE (connection lost or GOAWAY)
 *              |  ^
 *              v  | (backoff over)
 *      TRANSIENT_FAILURE            any -> SHUTDOWN
 *
 * A subchannel of several connections (gRFC A105) that loses the last one while another attempt is under
 * way, or waits to be made, goes from READY straight to CONNECTING or TRANSIENT_FAILURE.
 */
export const ConnectivityState = {
  IDLE: "IDLE",
  CONNECTING: "CONNECTING",
  READY: "READY",
  TRANSIENT_FAILURE: "TRANSIENT_FAILURE",
  SHUTDOWN: "SHUTDOWN",
} as const;

/** One of the five connectivity states. */
export type ConnectivityState = (typeof ConnectivityState)[keyof typeof ConnectivityState];

const followers: Readonly<Record<ConnectivityState, readonly ConnectivityState[]>> = {
  IDLE: ["CONNECTING", "SHUTDOWN"],
  CONNECTING: ["READY", "TRANSIENT_FAILURE", "SHUTDOWN"],
  READY: ["IDLE", "CONNECTING", "TRANSIENT_FAILURE", "SHUTDOWN"],
  TRANSIENT_FAILURE: ["IDLE", "CONNECTING", "SHUTDOWN"],
  SHUTDOWN: [],
};

/** Whether a subchannel may go from one state straight to the other. */
export function canFollow(from: ConnectivityState, to: ConnectivityState): boolean {
  return followers[from].includes(to);
}
