// What a server says about itself: how much it has accepted, refused and stopped.

/** Figures of one server. Those of what is open go up and down, all others only grow. */
export interface ServerStats {
  /** HTTP/2 connections that are open. */
  readonly openConnections: number;
  /** Handlers that have not finished, including those whose calls are over for the client. */
  readonly liveHandlers: number;
  /** Connections that were accepted, whatever became of them. */
  readonly acceptedConnections: number;
  /** Connections that were closed at once, because `maxConnections` were open. */
  readonly refusedConnections: number;
  /** Connections that were closed because TLS or HTTP/2 had not begun within `handshakeTimeoutMs`. */
  readonly handshakeTimeouts: number;
  /** TLS handshakes that failed. */
  readonly tlsFailures: number;
  /** TLS connections that were closed because the client tried to renegotiate (RFC 9113 s9.2.1). */
  readonly renegotiations: number;
}
