// Makes channels on Node.js: puts resolvers, dialer, TLS and the HTTP/2 transport together.
import {
  type ChannelCredentials,
  CompressionPlan,
  checkFunction,
  DroppedMetadataLog,
  describeValue,
  type HeaderListLimits,
  type Log,
  plaintext,
  processLog,
  readVariable,
  systemClock,
  traceStep,
  UsageError,
  zlibEncodings,
} from "@trunkline/core";
import { CallDiagnostics } from "@trunkline/core/node";
import {
  type ConnectionLimits,
  connectionLimitDefaults,
  createConnection,
  type Sink,
} from "@trunkline/http2";
import { ChannelHandle } from "../../channel/channel-handle.js";
import {
  type ChannelSettings,
  toChannelLimits,
  toUserAgent,
} from "../../channel/channel-options.js";
import type { Channel } from "../../channel/channel-port.js";
import { AttachedCredentials } from "../../credentials/attach-credentials.js";
import { formatAddress, type TcpAddress } from "../../resolver/address.js";
import { hostOf } from "../../resolver/host-port.js";
import type { Connector } from "../../subchannel/connector.js";
import { dial } from "../../subchannel/node/dial.js";
import type { ProxyServer } from "../../subchannel/node/proxy/proxy.js";
import { loadAuthorityCheck } from "../../subchannel/node/server-identity.js";
import { SubchannelPool, sharedSubchannelPool } from "../../subchannel/subchannel-pool.js";
import { KeepalivePace } from "../http2/keepalive-pace.js";
import { RequestHeads } from "../http2/request-heads.js";
import { type TargetOptions, toChannelTarget } from "./channel-target.js";
import { connectionKey } from "./connection-key.js";
import { openTransport } from "./open-transport.js";

/** The same for all channels of the process. */
const diagnostics = /*@__PURE__*/ new CallDiagnostics("client");

/** Options of `createChannel`. */
export interface ChannelOptions extends ChannelSettings, TargetOptions {
  /** `plaintext`, or what `tlsChannelCredentials` makes. Default plaintext. */
  readonly credentials?: ChannelCredentials | undefined;
  /**
   * Silence on a TCP connection after which the operating system asks whether the other machine is there,
   * milliseconds in whole seconds, 1000 to 2^31 - 1; 0: never. Not for sockets of `connect`. Default 60000.
   */
  readonly tcpKeepaliveMs?: number | undefined;
  /**
   * How long a connected server may be silent while calls wait for it whose retry policy has UNAVAILABLE,
   * milliseconds, 100 to 2^31 - 1, or Infinity. After 40 % of it a PING is sent (two at most between two answers to calls); when nothing at all has come in the end,
   * those calls are made elsewhere, and the connection takes no new ones. Default 2500.
   */
  readonly silenceTimeoutMs?: number | undefined;
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
  const { credentials = plaintext, log = processLog } = options;
  const { authority, proxyFor, proxyKey, ...resolved } = toChannelTarget(target, options);
  const scheme = credentials.kind === "tls" ? "https" : "http";
  const compression = new CompressionPlan(zlibEncodings(), options.compression);
  const userAgent = toUserAgent(options.userAgent);
  const heads = new RequestHeads({ scheme, authority, userAgent, compression });
  const connector = createConnector({
    heads,
    authority,
    credentials,
    connect: options.connect,
    proxyFor,
    headerLists: limits.headerLists,
    droppedMetadata: new DroppedMetadataLog(log),
    log,
    pace: new KeepalivePace(toConnectionLimits(options.limits, limits.headerLists.hardBytes), log),
    tcpKeepaliveMs: checkTcpKeepalive(options.tcpKeepaliveMs ?? 60_000),
    silenceTimeoutMs: checkSilenceTimeout(options.silenceTimeoutMs ?? 2500),
    keepsProcessAlive: options.keepsProcessAlive !== false,
  });
  const { clock = systemClock, backoff, shareConnections = true } = options;
  const isEncrypted = scheme === "https";
  return new ChannelHandle({
    ...resolved,
    settings: {
      ...options,
      zone: options.zone ?? (readVariable("TRUNKLINE_ZONE") || undefined),
    },
    limits,
    compression,
    credentials: new AttachedCredentials(options, { authority, isEncrypted }),
    log,
    clock,
    diagnostics,
    source: {
      pool: shareConnections ? sharedSubchannelPool() : new SubchannelPool(),
      key: shareConnections ? connectionKey(options, { authority, scheme, proxyKey }) : "",
      settings: { clock, connector, connectTimeoutMs: limits.connectTimeoutMs, backoff },
    },
  });
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

function checkSilenceTimeout(value: number): number {
  const isTime = typeof value === "number" && value >= 100 && value < 2 ** 31;
  if (isTime || value === Infinity) return value;
  throw new UsageError(
    `option silenceTimeoutMs is ${describeValue(value)}; it must be a number from 100 to 2^31 - 1, or Infinity`,
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
  readonly log: Log;
  readonly pace: KeepalivePace;
  readonly tcpKeepaliveMs: number;
  readonly silenceTimeoutMs: number;
  readonly keepsProcessAlive: boolean;
}

function createConnector(parts: ConnectorParts): Connector {
  const { heads, authority, credentials, connect, headerLists, pace, tcpKeepaliveMs } = parts;
  const { droppedMetadata, keepsProcessAlive, silenceTimeoutMs, proxyFor, log } = parts;
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
    const proxy = address.kind === "tcp" ? proxyFor(address)?.label : undefined;
    if (proxy !== undefined) traceStep(log, "proxy", "tunnel open", { proxy, address: peer });
    return openTransport({
      duplex,
      peer,
      heads,
      headerLists,
      droppedMetadata,
      log,
      checkAuthority: checkOf?.(duplex),
      listener,
      signal,
      pace,
      silenceTimeoutMs,
      keepsProcessAlive,
    });
  };
}
