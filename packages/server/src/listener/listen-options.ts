// What `listen` can be told, checked before anything is opened.
import { checkFunction, plaintext, type ServerCredentials, UsageError } from "@trunkline/core";
import type { ListenPlace } from "./place/listen-address.js";
import type { SocketSource } from "./place/socket-source.js";
import {
  type ProxyProtocolOptions,
  type ProxyProtocolPlan,
  planProxyProtocol,
} from "./proxy-protocol/options.js";
import type { Http1Handler } from "./reception/http1-requests.js";

/** Options of `Server.listen`: a TCP port, a unix-domain socket, or a socket that listens already. */
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
  /**
   * The number of a socket that listens already, inherited from whoever has started this process, instead of host, port
   * and path; see `systemdSockets` of `@trunkline/server/systemd`.
   */
  readonly fd?: number | undefined;
  /**
   * Proxies in front that say by the PROXY protocol, version 1 or 2, for whom they connect: the client that they name is
   * the `peer` of calls. Default: none, headers are not understood.
   */
  readonly proxyProtocol?: ProxyProtocolOptions | undefined;
  /**
   * Answers requests of HTTP/1.1 on the same port, such as those of probes and metrics: the request listener of a server
   * of `node:http`. One request for each connection, which ends within 30 seconds. Under TLS, `http/1.1` is offered by
   * ALPN as well. Default: such clients get 505.
   */
  readonly http1?: Http1Handler | undefined;
  /**
   * In a worker of `node:cluster`: a socket of this process alone rather than one that all workers share. Default false.
   */
  readonly exclusive?: boolean | undefined;
  /** Who accepts connections instead of this process; `serveOnAllCores` has one. Default: none. */
  readonly source?: SocketSource | undefined;
}

/** A checked request to listen. */
export interface ListenPlan extends ListenPlace {
  readonly credentials: ServerCredentials;
  readonly proxyProtocol: ProxyProtocolPlan | undefined;
  readonly http1: Http1Handler | undefined;
  readonly source: SocketSource | undefined;
}

/**
 * Fills in the defaults.
 * @throws {UsageError} when the options contradict each other or a value is out of its range.
 */
export function planListening(options: ListenOptions): ListenPlan {
  const { host = "127.0.0.1", port = 0, path, credentials = plaintext, backlog = 511 } = options;
  checkFd(options);
  checkFunction("http1", options.http1);
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
  const { fd, exclusive = false, http1, source, proxyProtocol } = options;
  const proxies = proxyProtocol === undefined ? undefined : planProxyProtocol(proxyProtocol);
  const place = { host, port, path, fd, backlog, exclusive };
  return { ...place, credentials, http1, source, proxyProtocol: proxies };
}

function checkFd({ fd, host, port, path }: ListenOptions): void {
  if (fd === undefined) return;
  if (!Number.isInteger(fd) || fd < 0 || fd > 2 ** 31 - 1) {
    throw new UsageError(`listen needs a file descriptor from 0 to 2147483647, not ${String(fd)}`);
  }
  if (host === undefined && port === undefined && path === undefined) return;
  throw new UsageError(`listen takes a file descriptor (fd ${fd}) or an address, not both`);
}
