// How to reach etcd: its members, TLS, user and password.
import type { BackoffOptions, ChannelCredentials, ChannelOptions } from "@trunkline/client";
import { checkArray, describeValue, UsageError } from "@trunkline/core";

/** How to reach an etcd cluster. */
export interface EtcdConnection {
  /**
   * The members, as `host:port` (a port left out is 2379); `http://` or `https://` before it, as other
   * etcd clients want it, must fit the credentials. Asked one at a time, from a random one on: when one fails, the next.
   * Default `["127.0.0.1:2379"]`.
   */
  readonly endpoints?: readonly string[] | undefined;
  /** `plaintext`, or what `tlsChannelCredentials` makes. Default plaintext. */
  readonly credentials?: ChannelCredentials | undefined;
  /** The user, where etcd wants one; needs `password`. Default: none. */
  readonly username?: string | undefined;
  /** The user's password. */
  readonly password?: string | undefined;
  /** Longest time one request may take, milliseconds, more than 0. Default 5000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Dials the members instead of the built-in dialer, see the option of `createChannel`. Default none. */
  readonly connect?: ChannelOptions["connect"];
  /** Waits after failures. Default 1 s, times 1.6 each, at most 30 s, jitter 20 %. */
  readonly backoff?: BackoffOptions | undefined;
}

/** The same, checked, with every default filled in. */
export interface EtcdAccess {
  readonly endpoints: readonly string[];
  readonly credentials: ChannelCredentials | undefined;
  readonly user: { readonly name: string; readonly password: string } | undefined;
  readonly requestTimeoutMs: number;
  readonly connect: ChannelOptions["connect"];
}

const defaultPort = 2379;

/** @throws {UsageError} when an option cannot be used. */
export function toAccess(options: EtcdConnection): EtcdAccess {
  checkArray("endpoints", options.endpoints);
  const { endpoints = ["127.0.0.1:2379"], credentials, requestTimeoutMs = 5000 } = options;
  if (endpoints.length === 0) {
    throw new UsageError("option endpoints is an empty array; it must name a member of etcd");
  }
  if (!(requestTimeoutMs > 0)) {
    throw new UsageError(
      `option requestTimeoutMs is ${describeValue(requestTimeoutMs)}; it must be more than 0`,
    );
  }
  const isSecure = credentials?.kind === "tls";
  return {
    endpoints: endpoints.map((text) => toEndpoint(text, isSecure)),
    credentials,
    user: toUser(options),
    requestTimeoutMs,
    connect: options.connect,
  };
}

function toUser({ username, password }: EtcdConnection): EtcdAccess["user"] {
  if (username === undefined && password === undefined) return undefined;
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? "username" : "password";
    throw new UsageError(`etcd wants both username and password; ${missing} is missing`);
  }
  return { name: username, password };
}

function toEndpoint(text: string, isSecure: boolean): string {
  const match = /^(?:(https?):\/\/)?((?:\[[^\]]+\]|[^/:[\]\s]+)(:\d{1,5})?)\/?$/.exec(String(text));
  if (match === null) {
    throw new UsageError(`option endpoints has ${describeValue(text)}; it must be host:port`);
  }
  const [, scheme, hostPort = "", port] = match;
  if (scheme !== undefined && (scheme === "https") !== isSecure) {
    const hint = isSecure ? "the credentials are TLS" : "that needs TLS credentials";
    throw new UsageError(`option endpoints has "${text}", but ${hint} (option credentials)`);
  }
  return port === undefined ? `${hostPort}:${defaultPort}` : hostPort;
}
