// How sockets of accepted connections are set up.

/** Options of `net.createServer`, and of `tls.createServer` alike. */
export interface TcpOptions {
  /** Frames are put together here, not in the kernel. */
  readonly noDelay: true;
  readonly keepAlive: boolean;
  readonly keepAliveInitialDelay: number;
}

/** @param keepaliveMs silence after which the system asks; 0: never. */
export function tcpOptions(keepaliveMs: number): TcpOptions {
  return { noDelay: true, keepAlive: keepaliveMs > 0, keepAliveInitialDelay: keepaliveMs };
}
