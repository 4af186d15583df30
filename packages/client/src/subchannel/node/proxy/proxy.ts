// What a proxy is to a channel: the option, its checked form, and what may be said of it in errors.
import {
  checkArray,
  describeValue,
  type ReloadableTlsChannelCredentials,
  type TlsChannelCredentials,
  tlsChannelCredentials,
  UsageError,
} from "@trunkline/core";
import { isIp, isIpv6 } from "../../../resolver/host-port.js";

/** A proxy and how to use it, as the channel option `proxy` takes it. */
export interface ProxyOptions {
  /**
   * `http://`, `https://` (TLS to the proxy) or `socks5://`, then `[user:password@]host[:port]`; user and
   * password percent-encoded. Default ports 80, 443 and 1080; without a scheme `http://` is meant.
   */
  readonly url: string;
  /** Whom to reach directly, as in `NO_PROXY`: `.example.com`, `10.0.0.0/8`, `users:443`. Default nobody. */
  readonly noProxy?: readonly string[] | undefined;
  /** TLS to an `https://` proxy: its own CA, a client certificate. Default: the CAs of the runtime, the proxy's host as name. */
  readonly credentials?: TlsChannelCredentials | ReloadableTlsChannelCredentials | undefined;
  /** Sent with each CONNECT, `Proxy-Authorization` for example; not for SOCKS. Default none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether names are looked up here and the proxy is told addresses. Default false: names are left to the proxy (gRFC A1). */
  readonly localDns?: boolean | undefined;
}

/** A proxy, checked. */
export interface ProxyServer {
  readonly kind: "http" | "socks5";
  /** TLS to the proxy, if any. */
  readonly credentials: TlsChannelCredentials | ReloadableTlsChannelCredentials | undefined;
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly password: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly localDns: boolean;
  /** For errors and logs: without user and password. */
  readonly label: string;
}

const schemes: Readonly<Record<string, { kind: ProxyServer["kind"]; port: number }>> = {
  http: { kind: "http", port: 80 },
  https: { kind: "http", port: 443 },
  socks5: { kind: "socks5", port: 1080 },
  socks5h: { kind: "socks5", port: 1080 },
};

const expected =
  "it must be http://, https:// or socks5:// and then [user:password@]host[:port], user and password percent-encoded";

/**
 * @param where whose value it is, for the error: `option proxy`.
 * @throws {UsageError} when it cannot be used; the text never holds the password.
 */
export function parseProxy(options: ProxyOptions, where: string): ProxyServer {
  const { url, headers = {}, localDns = false } = options;
  if (typeof url !== "string") {
    throw new UsageError(`${where} is ${describeValue(url)}; ${expected}`);
  }
  const refuse = (why: string): never => {
    throw new UsageError(`${where} is "${withoutSecrets(url)}": ${why}; ${expected}`);
  };
  const match =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^/]*)@)?(\[[^\]]*\]|[^:/?#@[\]\s]+)(?::(\d+))?\/?$/i.exec(
      url.trim(),
    ) ?? refuse("that is not the URL of a proxy");
  const scheme = (match[1] ?? "http").toLowerCase();
  const known = schemes[scheme] ?? refuse(`"${scheme}" is no kind of proxy`);
  const host = (match[3] ?? "").replace(/^\[|\]$/g, "");
  if (match[3]?.startsWith("[") && !isIpv6(host)) refuse(`"${host}" is not an IPv6 address`);
  const port = match[4] === undefined ? known.port : Number(match[4]);
  if (port < 1 || port > 65_535) refuse(`port ${match[4]} is not from 1 to 65535`);
  const { user, password } = parseUser(match[2]) ?? refuse("the user is not percent-encoded");
  if (known.kind === "socks5" && Math.max(byteLength(user ?? ""), byteLength(password)) > 255) {
    refuse("SOCKS5 takes at most 255 bytes of user and password");
  }
  return {
    kind: known.kind,
    credentials: scheme === "https" ? (options.credentials ?? tlsChannelCredentials()) : undefined,
    host,
    port,
    user,
    password,
    headers: checkHeaders(headers, where),
    localDns,
    label: `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`,
  };
}

interface User {
  readonly user: string | undefined;
  readonly password: string;
}

function parseUser(text: string | undefined): User | undefined {
  if (text === undefined || text === "") return { user: undefined, password: "" };
  const [user = "", ...rest] = text.split(":");
  try {
    return { user: decodeURIComponent(user), password: decodeURIComponent(rest.join(":")) };
  } catch {
    return undefined;
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A URL as it may be shown: what stands before the last `@` may be a password. */
export function withoutSecrets(url: string): string {
  const at = url.lastIndexOf("@");
  if (at < 0) return url;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? "";
  return `${scheme}***${url.slice(at)}`;
}

function checkHeaders(
  headers: Readonly<Record<string, string>>,
  where: string,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers)) {
    // RFC 9110 s5.1, s5.5
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
      throw new UsageError(`${where}: the header "${name}" cannot be sent`);
    }
  }
  return headers;
}

/** @throws {UsageError} unless it is a list of texts. */
export function checkNoProxy(noProxy: readonly string[] | undefined): readonly string[] {
  checkArray("proxy.noProxy", noProxy);
  return noProxy ?? [];
}

/** Whether the host is this machine: its names (RFC 6761 s6.3) and its addresses. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  if (isIp(name))
    return name.startsWith("127.") || name === "::1" || name.startsWith("::ffff:127.");
  return name === "localhost" || name.endsWith(".localhost");
}
