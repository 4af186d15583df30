// What `listen` can be told, checked before anything is opened.
import { plaintext, type ServerCredentials, UsageError } from "@trunkline/core";

/** Options of `Server.listen`: a TCP port, or a unix-domain socket. */
export interface ListenOptions {
  /** The address to listen on: `"0.0.0.0"` or `"::"` for all of them. Default `"127.0.0.1"`. */
  readonly host?: string | undefined;
  /** The TCP port, 0 to 65535; 0 takes a free one. Default 0, unless there is a `path`. */
  readonly port?: number | undefined;
  /** The path of a unix-domain socket, instead of host and port; `"\0name"` is an abstract one of Linux, without a file. */
  readonly path?: string | undefined;
  /** `plaintext` or `tlsServerCredentials(...)`. Default: plaintext. */
  readonly credentials?: ServerCredentials | undefined;
  /** Connections that may wait to be accepted. Default 511. */
  readonly backlog?: number | undefined;
}

/** Where a listener listens. */
export interface ListenAddress {
  /** The IP address; the path of a unix-domain socket. */
  readonly host: string;
  /** The TCP port; 0 for a unix-domain socket. */
  readonly port: number;
  /** As a target for clients: `127.0.0.1:50051`, `[::1]:50051`, `unix:/path` or `unix-abstract:name`. */
  readonly address: string;
}

/** A checked request to listen. */
export interface ListenPlan {
  readonly host: string;
  readonly port: number;
  readonly path: string | undefined;
  readonly credentials: ServerCredentials;
  readonly backlog: number;
}

/**
 * Fills in the defaults.
 * @throws {UsageError} when the options contradict each other or a value is out of its range.
 */
export function planListening(options: ListenOptions): ListenPlan {
  const { host = "127.0.0.1", port = 0, path, credentials = plaintext, backlog = 511 } = options;
  if (path !== undefined && (options.host !== undefined || options.port !== undefined)) {
    throw new UsageError(`listen takes a path (${path}) or host and port, not both`);
  }
  if (path === "") throw new UsageError("listen needs a path that is not empty");
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`listen needs a port from 0 to 65535, not ${port}`);
  }
  if (credentials.kind !== "tls" && credentials.kind !== "plaintext") {
    const { kind } = credentials as { kind: unknown };
    throw new UsageError(`listen needs credentials for a server, not ${String(kind)}`);
  }
  return { host, port, path, credentials, backlog };
}

/** `127.0.0.1:50051`, `[::1]:50051`, `unix:/path`, `unix-abstract:name`. */
export function formatAddress(host: string, port: number, path: string | undefined): string {
  if (path?.startsWith("\0")) return `unix-abstract:${path.slice(1).replaceAll("\0", "%00")}`;
  if (path !== undefined) return `unix:${path}`;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
