// What a server says about itself: how much it has accepted, refused and stopped.
import type { ConnectionFigures } from "./listener/connection-totals.js";

/**
 * Figures of one server. `openConnections`, `liveHandlers` and `queuedBytes` are what is now; all
 * others only grow, and include connections that have ended.
 */
export interface ServerStats extends ConnectionFigures {
  /** Connections that were accepted, whatever became of them. */
  readonly acceptedConnections: number;
  /** Connections that were closed at once, because `maxConnections` were open. */
  readonly refusedConnections: number;
  /**
   * Connections that were closed because TLS or the first bytes had not come within
   * `handshakeTimeoutMs`; those that lack SETTINGS are in `limitsBroken`.
   */
  readonly handshakeTimeouts: number;
  /**
   * Connections that were closed because the header of the PROXY protocol was missing, broken, or came from an address
   * that is not trusted.
   */
  readonly refusedProxyHeaders: number;
  /** TLS handshakes that failed. */
  readonly tlsFailures: number;
  /** TLS connections that were closed because the client tried to renegotiate (RFC 9113 s9.2.1). */
  readonly renegotiations: number;
}
