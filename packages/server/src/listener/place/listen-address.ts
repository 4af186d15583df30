// Where a listener listens: what is asked for, what it becomes, and how it is written.

/** Where a listener listens. */
export interface ListenAddress {
  /** The IP address; the path of a unix-domain socket. */
  readonly host: string;
  /** The TCP port; 0 for a unix-domain socket. */
  readonly port: number;
  /** As a target for clients: `127.0.0.1:50051`, `[::1]:50051`, `unix:/path` or `unix-abstract:name`. */
  readonly address: string;
}

/** Where to listen, checked. */
export interface ListenPlace {
  /** The address or the name of the machine; not used with `path` or `fd`. */
  readonly host: string;
  /** The TCP port; 0 for a free one, or with `path` or `fd`. */
  readonly port: number;
  /** The path of a unix-domain socket. */
  readonly path: string | undefined;
  /** The number of a socket that listens already. */
  readonly fd: number | undefined;
  /** Connections that may wait to be accepted. */
  readonly backlog: number;
  /** Not shared with other workers of `node:cluster`. */
  readonly exclusive: boolean;
}

/** `127.0.0.1:50051`, `[::1]:50051`, `unix:/path`, `unix-abstract:name`. */
export function formatAddress(host: string, port: number, path: string | undefined): string {
  if (path?.startsWith("\0")) return `unix-abstract:${path.slice(1).replaceAll("\0", "%00")}`;
  if (path !== undefined) return `unix:${path}`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
