// Makes channels on Node.js: puts resolvers, dialer, TLS and the HTTP/2 transport together.
import {
  type ChannelCredentials,
  CompressionPlan,
  checkFunction,
  DroppedMetadataLog,
  type HeaderListLimits,
  plaintext,
  stderrLog,
  systemClock,
  UsageError,
  zlibEncodings,
} from "@trunkline/core";
import {
  type ByteStream,
  type ConnectionLimits,
  connectionLimitDefaults,
  createConnection,
  type Sink,
} from "@trunkline/http2";
import { checkAuthority } from "../../call/call-limits.js";
import { ChannelHandle } from "../../channel/channel-handle.js";
import {
  type ChannelSettings,
  toChannelLimits,
  toUserAgent,
} from "../../channel/channel-options.js";
import type { Channel } from "../../channel/channel-port.js";
import { type Address, formatAddress, type TcpAddress } from "../../resolver/address.js";
import { hostOf } from "../../resolver/host-port.js";
import { createDnsResolver, parseDnsTarget } from "../../resolver/node/dns.js";
import type { DnsOptions } from "../../resolver/node/dns-options.js";
import { createResolverRegistry } from "../../resolver/registry.js";
import type { ResolverFactory } from "../../resolver/resolver.js";
import { parseTarget, type Target } from "../../resolver/target.js";
import { dial } from "../../subchannel/node/dial.js";
import type { ProxyOptions, ProxyServer } from "../../subchannel/node/proxy/proxy.js";
import {
  direct,
  proxiesOf,
  proxyEnvironment,
  toProxyRules,
} from "../../subchannel/node/proxy/proxy-rules.js";
import { loadAuthorityCheck } from "../../subchannel/node/server-identity.js";
import type { Connector } from "../../subchannel/subchannel.js";
import { SubchannelPool, sharedSubchannelPool } from "../../subchannel/subchannel-pool.js";
import { KeepalivePace } from "../http2/keepalive-pace.js";
import { RequestHeads } from "../http2/request-heads.js";
import { connectionKey } from "./connection-key.js";
import { openTransport } from "./open-transport.js";

/** Options of `createChannel`. */
export interface ChannelOptions extends ChannelSettings {
  /** `plaintext`, or what `tlsChannelCredentials` makes. Default plaintext. */
  readonly credentials?: ChannelCredentials | undefined;
  /**
   * Dials instead of the built-in dialer, once for each connection: in-memory pairs, tunnels. Host names
   * are not looked up: it gets them as they stand in the target. TLS, if the credentials ask for it, is
   * spoken over what it resolves to. Default none.
   */
  readonly connect?: ((address: Address) => Promise<ByteStream>) | undefined;
  /** How `dns:` targets are looked up, and when again. Default: by the system, and again as the answers say. */
  readonly dns?: DnsOptions | undefined;
  /**
   * The proxy that connections go through, whatever the environment says: the URL of an HTTP, HTTPS or
   * SOCKS5 proxy, or more about it; false: none. Unix sockets and `connect` have no proxy. Default: from
   * `grpc_proxy`, `https_proxy` or `http_proxy` unless `no_grpc_proxy` or `no_proxy` names the host (gRFC A1).
   */
  readonly proxy?: string | ProxyOptions | false | undefined;
  /**
   * Silence on a TCP connection after which the operating system asks whether the other machine is there,
   * milliseconds in whole seconds, 1000 to 2^31 - 1; 0: never. Not for sockets of `connect`. Default 60000.
   */
  readonly tcpKeepaliveMs?: number | undefined;
  /**
   * Whether calls keep the process alive while they are under way. false is for watches in the background;
   * deadlines that run keep it alive all the same. Default true.
   */
  readonly keepsProcessAlive?: boolean | undefined;
  /**
   * Every other limit of the HTTP/2 connections: keepalive, windows, and budgets against floods from
   * servers. A server that says `too_many_pings` makes the channel double `keepaliveTimeMs` (gRFC A8). `maxHeaderListBytes` of the channel goes first. Default: `connectionLimitDefaults` of `@trunkline/http2`.
   */
  readonly limits?: Partial<ConnectionLimits> | undefined;
}

/**
 * Makes a channel. Nothing is looked up or connected before the first call.
 * @param target `host:port`, `dns:///host:port`, `dns://server/host:port`, `dns:///_service._proto.name`,
 * `ipv4:1.2.3.4:port,...`, `ipv6:[::1]:port,...`, `unix:/path`, `unix:///path`, `unix-abstract:name`,
 * `passthrough:///host:port`. Without a port 443 is meant.
 * @throws {UsageError} when the target or an option cannot be used.
 * @example
 * const channel = createChannel("localhost:50051");
 * await channel.close();
 */
export function createChannel(target: string, options: ChannelOptions = {}): Channel {
  const limits = toChannelLimits(options);
  checkFunction("connect", options.connect);
  const { credentials = plaintext, log = stderrLog } = options;
  // A dialer of the application's own gets names as they are, and decides what they mean.
  const environment = proxyEnvironment(process.env);
  const proxies = options.connect ? direct : toProxyRules(options.proxy, environment);
  const dns = createDnsResolver({
    options: options.dns,
    leavesNames: (host, port) => {
      const proxy = proxies(host, port);
      return options.connect !== undefined || (proxy !== undefined && !proxy.localDns);
    },
    findsConfig: options.ignoreResolvedServiceConfig !== true,
  });
  const registry = createResolverRegistry({ dns, ...options.resolvers });
  const parsed = parseTarget(target, (scheme) => registry.has(scheme));
  // parseTarget only answers with schemes that the registry has.
  const resolver = registry.get(parsed.scheme)!;
  const authority = toAuthority(parsed, resolver, options);
  const scheme = credentials.kind === "tls" ? "https" : "http";
  const named = resolver === dns ? parseDnsTarget(parsed) : undefined;
  const compression = new CompressionPlan(zlibEncodings(), options.compression);
  const userAgent = toUserAgent(options.userAgent);
  const heads = new RequestHeads({ scheme, authority, userAgent, compression });
  const connector = createConnector({
    heads,
    authority,
    credentials,
    connect: options.connect,
    proxyFor: proxiesOf(proxies, named),
    headerLists: limits.headerLists,
    droppedMetadata: new DroppedMetadataLog(log),
    pace: new KeepalivePace(toConnectionLimits(options.limits, limits.headerLists.hardBytes), log),
    tcpKeepaliveMs: checkTcpKeepalive(options.tcpKeepaliveMs ?? 60_000),
    keepsProcessAlive: options.keepsProcessAlive !== false,
  });
  const { clock = systemClock, backoff, shareConnections = true } = options;
  // Where connections lead to may depend on the name as well as on the address.
  const isDirect = named !== undefined && proxies(named.host, named.port) === undefined;
  const keyOfProxies = `${isDirect} ${JSON.stringify(environment)}`;
  return new ChannelHandle({
    target: parsed,
    resolver,
    settings: options,
    limits,
    compression,
    log,
    clock,
    source: {
      pool: shareConnections ? sharedSubchannelPool() : new SubchannelPool(),
      key: shareConnections ? connectionKey(options, { authority, scheme, proxies: keyOfProxies }) : "",
      settings: { clock, connector, connectTimeoutMs: limits.connectTimeoutMs, backoff },
    },
  });
}

function toAuthority(target: Target, resolver: ResolverFactory, options: ChannelOptions): string {
  // Asked in any case: it also checks the target.
  const fromTarget = resolver.defaultAuthority(target);
  return options.authority === undefined ? fromTarget : checkAuthority(options.authority);
}

/** @throws {UsageError} for limits out of their ranges: now, not when the first connection is made. */
function toConnectionLimits(
  given: Partial<ConnectionLimits> | undefined,
  maxHeaderListBytes: number,
): Partial<ConnectionLimits> {
  // Room to read a list that is too large to its end: then its call fails, and not the connection.
  const maxHeaderBlockBytes = Math.max(
    connectionLimitDefaults.maxHeaderBlockBytes,
    4 * maxHeaderListBytes,
  );
  // grpc-go sends a grpc-message that begins or ends with space as it is: that must not hide the code.
  const allowsOuterSpace = true;
  const limits = { maxHeaderBlockBytes, allowsOuterSpace, ...given, maxHeaderListBytes };
  try {
    createConnection({ role: "client", sink: {} as Sink, limits });
  } catch (cause) {
    throw new UsageError(`option limits: ${(cause as Error).message}`);
  }
  return limits;
}

function checkTcpKeepalive(value: number): number {
  if (value === 0 || (Number.isInteger(value) && value >= 1000 && value < 2 ** 31)) return value;
  throw new UsageError(
    `option tcpKeepaliveMs is ${value}; it must be 0, or a whole number from 1000 to 2^31 - 1`,
  );
}

interface ConnectorParts {
  readonly heads: RequestHeads;
  readonly authority: string;
  readonly credentials: ChannelCredentials;
  readonly connect: ChannelOptions["connect"];
  readonly proxyFor: (address: TcpAddress) => ProxyServer | undefined;
  readonly headerLists: HeaderListLimits;
  readonly droppedMetadata: DroppedMetadataLog;
  readonly pace: KeepalivePace;
  readonly tcpKeepaliveMs: number;
  readonly keepsProcessAlive: boolean;
}

function createConnector(parts: ConnectorParts): Connector {
  const { heads, authority, credentials, connect, headerLists, pace, tcpKeepaliveMs } = parts;
  const { droppedMetadata, keepsProcessAlive, proxyFor } = parts;
  const authorityHost = hostOf(authority);
  return async (address, listener, signal) => {
    // Before there is a socket: nobody would hear of its errors meanwhile.
    const checkOf = credentials.kind === "tls" ? await loadAuthorityCheck(credentials) : undefined;
    const duplex = await dial(address, {
      credentials,
      authorityHost,
      connect,
      proxyFor,
      tcpKeepaliveMs,
      signal,
    });
    const peer = formatAddress(address);
    return openTransport({
      duplex,
      peer,
      heads,
      headerLists,
      droppedMetadata,
      checkAuthority: checkOf?.(duplex),
      listener,
      signal,
      pace,
      keepsProcessAlive,
    });
  };
}
