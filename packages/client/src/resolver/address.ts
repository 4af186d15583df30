// What a resolver finds and a subchannel dials: one place where a server may be listening.

/** A TCP endpoint; `host` is an IP address, or a name for whoever dials: `passthrough:`, a proxy, a dialer of the application's own. */
export interface TcpAddress {
  /** Tells it from a Unix domain socket. */
  readonly kind: "tcp";
  /** IP address, IPv6 without brackets; a name if nobody has looked it up. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** A Unix domain socket. */
export interface UnixAddress {
  /** Tells it from a TCP endpoint. */
  readonly kind: "unix";
  /** Path of the socket, absolute or relative to the working directory; "\0" and a name: an abstract socket of Linux. */
  readonly path: string;
}

/** One place where a server may be listening. */
export type Address = TcpAddress | UnixAddress;

/** The address as people write it: `10.0.0.1:50051`, `[::1]:50051`, `unix:/run/x.sock`, `unix-abstract:x`. */
export function formatAddress(address: Address): string {
  if (address.kind === "unix") {
    const { path } = address;
    return path.startsWith("\0")
      ? `unix-abstract:${path.slice(1).replaceAll("\0", "%00")}`
      : `unix:${path}`;
  }
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}
