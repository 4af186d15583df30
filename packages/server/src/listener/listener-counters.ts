// What the listening sockets of one server have accepted and refused.

/** Counters of all listening sockets of one server; they only grow. */
export class ListenerCounters {
  /** Connections that were accepted, whatever became of them. */
  acceptedConnections = 0;
  /** Connections that were closed at once, because too many were open. */
  refusedConnections = 0;
  /** Connections that were closed because HTTP/2 or TLS had not begun in time. */
  handshakeTimeouts = 0;
  /** Connections that were closed for their PROXY protocol header, or for the lack of one. */
  refusedProxyHeaders = 0;
  /** TLS handshakes that failed. */
  tlsFailures = 0;
  /** TLS connections that were closed because the client tried to renegotiate. */
  renegotiations = 0;
}
