// What an application may say about a channel whatever carries it, and what is assumed when it says nothing.
import {
  type CallScope,
  type Clock,
  type CompressionOptions,
  checkFormats,
  checkSharedOptions,
  defaultSoftLimit,
  describeValue,
  type HeaderListLimits,
  type Interceptor,
  type Log,
  type MessageFormat,
  UsageError,
} from "@trunkline/core";
import type { AnyBalancerPolicy } from "../balancer/balancer.js";
import { checkByteLimit, checkTime } from "../call/call-limits.js";
import type { CallCredentials } from "../credentials/call-credentials.js";
import type { ResolverFactory } from "../resolver/resolver.js";
import type { ChannelRetryOptions, RetryLimits } from "../retry/retry-options.js";
import type { ServiceConfigJson } from "../service-config/service-config-json.js";
import { Backoff, type BackoffOptions } from "../subchannel/backoff.js";
import type { CallObserver } from "../telemetry/call-observer.js";

/** Options of a channel that do not depend on the runtime. */
export interface ChannelSettings {
  /** Wrap every call, the first one outermost. Default none. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Metadata that says who makes a call: `bearerToken`, `refreshingToken`, or an object with `metadataFor`. Asked once for
   * each call, after all interceptors; metadata of the same name that the call has already counts instead. Default none.
   */
  readonly callCredentials?: CallCredentials | undefined;
  /** Whether `callCredentials` may be sent without TLS, where anybody on the way can read them. Default false. */
  readonly allowCredentialsOverPlaintext?: boolean | undefined;
  /** Timeout of calls that name none, milliseconds. Default none. */
  readonly defaultTimeoutMs?: number | undefined;
  /**
   * How messages are written, for example `jsonFormat()` of `@trunkline/client/json`; the server must
   * know the format. Default protobuf.
   */
  readonly format?: MessageFormat | undefined;
  /**
   * Knows which call a server is handling right now: calls that name no `parent` are then children of
   * it. Made by `createCallScope()`, and given to the server as well. Default: none, which costs nothing.
   */
  readonly callScope?: CallScope | undefined;
  /** Put before the library's own name in `user-agent`. Default nothing. */
  readonly userAgent?: string | undefined;
  /** `:authority` of all calls, and the name a certificate must carry unless the credentials name another. Default: from the target. */
  readonly authority?: string | undefined;
  /**
   * Balancing, retries, timeouts and limits of methods, as an object or JSON text, in force while the
   * resolver brings none of its own. Default `{}`: pick_first, and nothing for methods.
   */
  readonly serviceConfig?: ServiceConfigJson | string | undefined;
  /** Whether a config that the resolver finds (in DNS, say) is ignored. Default false. */
  readonly ignoreResolvedServiceConfig?: boolean | undefined;
  /** Resolvers beside the built-in ones, by the scheme of the targets they find; one of the same name replaces it. Default none. */
  readonly resolvers?: Readonly<Record<string, ResolverFactory>> | undefined;
  /** Balancing policies beside the built-in ones; one of the same name replaces it. Default none. */
  readonly balancers?: readonly AnyBalancerPolicy[] | undefined;
  /**
   * The zone in which this client runs, for the policy `zone_preference`: a text as resolvers give it to
   * endpoints, `eu-central-1a` say. Default: the environment variable `TRUNKLINE_ZONE` on Node.js, Bun and
   * Deno; else none.
   */
  readonly zone?: string | undefined;
  /** Longest time from the first packet to the server's SETTINGS, milliseconds, more than 0. Default 20000. */
  readonly connectTimeoutMs?: number | undefined;
  /** Waits between connection attempts. Default 1 s, times 1.6 each, at most 120 s, jitter 20 %. */
  readonly backoff?: BackoffOptions | undefined;
  /**
   * Time without calls after which the channel closes its connections and stops looking for servers,
   * milliseconds, 1 or more; the next call brings it back. 0 or Infinity: never. Default 1800000 (30 min).
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Whether channels in this process that connect in the very same way (credentials, authority, user
   * agent, limits, dialer and all the rest) use the same connections. Default true.
   */
  readonly shareConnections?: boolean | undefined;
  /**
   * Whether the `healthCheckConfig` of the service config is followed: policies that choose among several
   * servers then ask each one for the health of the service it names, and send calls to healthy ones only
   * (gRFC A17). Default true.
   */
  readonly healthChecking?: boolean | undefined;
  /**
   * Connections that may be opened to one address while those that are there have as many calls as the
   * server allows (gRFC A105), a whole number, 1 or more. It holds where the service config has no
   * `connectionScaling.maxConnectionsPerSubchannel`, and is the most that one may ask for. Default 1, and
   * at most 10 for a service config.
   */
  readonly maxConnectionsPerSubchannel?: number | undefined;
  /** Limit of one received message, bytes; above it the call fails with RESOURCE_EXHAUSTED. Default 4194304 (4 MiB). */
  readonly maxReceiveMessageBytes?: number | undefined;
  /** Limit of one sent message, bytes before compression; above it the call fails with RESOURCE_EXHAUSTED. Default Infinity. */
  readonly maxSendMessageBytes?: number | undefined;
  /**
   * Limit of one received list of headers or trailers, bytes (RFC 9113 s6.5.2), 1024 or more; above it
   * the call fails with RESOURCE_EXHAUSTED. Default 16384.
   */
  readonly maxHeaderListBytes?: number | undefined;
  /**
   * From this size of received headers or trailers on, calls fail with RESOURCE_EXHAUSTED at random, the
   * more often the nearer the list is to `maxHeaderListBytes`, so that growing metadata is noticed while
   * most calls still work. 0 or more; as much as `maxHeaderListBytes` switches it off. Default: half of
   * `maxHeaderListBytes`, 8192.
   */
  readonly softHeaderListBytes?: number | undefined;
  /**
   * How requests are compressed and which encodings are understood in responses; a name alone is the
   * `encoding` of the options. Default: requests are not, and all that the runtime has are understood.
   */
  readonly compression?: CompressionOptions | string | undefined;
  /**
   * How calls are tried again when the service config says nothing about their method: of methods that their
   * contract calls idempotent, or of all of them (`methods`). `true`: with the defaults of `RetryOptions`. `false`:
   * calls are not tried again or hedged, whatever the service config says; only attempts that no server has
   * acted on are repeated. Default: none, but the service config counts.
   */
  readonly retry?: ChannelRetryOptions | boolean | undefined;
  /** What bounds retries and hedges, wherever their policies come from. Default: see `RetryLimits`. */
  readonly retryLimits?: RetryLimits | undefined;
  /** Hear of each call and of each of its attempts: metrics, traces, logs. Default none, which costs nothing. */
  readonly observers?: readonly CallObserver[] | undefined;
  /** Calls that may wait for a connection or a free stream at once; more fail with RESOURCE_EXHAUSTED. Default 250000. */
  readonly maxQueuedCalls?: number | undefined;
  /**
   * What deadlines, time limits of connecting and waits between attempts are measured with; for tests,
   * see `FakeClock` of `@trunkline/client/testing`. Default: the system's clock, which never goes back.
   */
  readonly clock?: Clock | undefined;
  /**
   * Hears of trouble, and on level debug of each step that the channel takes. Default: what `setLog` names,
   * which at first writes warnings and errors to stderr, and more by `TRUNKLINE_TRACE` and `TRUNKLINE_VERBOSITY`.
   */
  readonly log?: Log | undefined;
}

/** The settings that count, once defaults are filled in. */
export interface ChannelLimits {
  readonly defaultTimeoutMs: number | undefined;
  readonly connectTimeoutMs: number;
  readonly maxReceiveMessageBytes: number;
  readonly maxSendMessageBytes: number;
  readonly headerLists: HeaderListLimits;
  readonly maxQueuedCalls: number;
  /** Infinity: never idle. */
  readonly idleTimeoutMs: number;
  /** What holds where the service config says nothing, and the most that it may say. */
  readonly connectionScaling: { readonly usual: number; readonly most: number };
}

/** Defaults of `ChannelSettings`. */
export const channelDefaults = {
  connectTimeoutMs: 20_000,
  maxReceiveMessageBytes: 4_194_304,
  maxHeaderListBytes: 16_384,
  maxQueuedCalls: 250_000,
  idleTimeoutMs: 1_800_000,
} as const;

/** What a service config may ask for unless an option says otherwise (gRFC A105). */
const mostConnectionsOfConfig = 10;

/** @throws {UsageError} when a setting is out of its range. */
export function toChannelLimits(settings: ChannelSettings): ChannelLimits {
  checkSharedOptions(settings);
  checkFormats(settings.format === undefined ? [] : [settings.format]);
  const { defaultTimeoutMs, connectTimeoutMs = channelDefaults.connectTimeoutMs } = settings;
  if (checkTime("connectTimeoutMs", connectTimeoutMs) <= 0) {
    throw new UsageError(`option connectTimeoutMs is ${connectTimeoutMs}; it must be more than 0`);
  }
  checkBackoff(settings.backoff);
  checkZone(settings.zone);
  checkBoolean("shareConnections", settings.shareConnections);
  checkBoolean("healthChecking", settings.healthChecking);
  return {
    defaultTimeoutMs:
      defaultTimeoutMs === undefined ? undefined : checkTime("defaultTimeoutMs", defaultTimeoutMs),
    connectTimeoutMs,
    maxReceiveMessageBytes: checkByteLimit(
      "maxReceiveMessageBytes",
      settings.maxReceiveMessageBytes ?? channelDefaults.maxReceiveMessageBytes,
    ),
    maxSendMessageBytes: checkByteLimit(
      "maxSendMessageBytes",
      settings.maxSendMessageBytes ?? Infinity,
    ),
    headerLists: toHeaderListLimits(settings),
    maxQueuedCalls: checkCount(
      "maxQueuedCalls",
      settings.maxQueuedCalls ?? channelDefaults.maxQueuedCalls,
      0,
    ),
    idleTimeoutMs: toIdleTimeout(settings.idleTimeoutMs ?? channelDefaults.idleTimeoutMs),
    connectionScaling: toConnectionScaling(settings.maxConnectionsPerSubchannel),
  };
}

function toConnectionScaling(value: number | undefined): ChannelLimits["connectionScaling"] {
  if (value === undefined) return { usual: 1, most: mostConnectionsOfConfig };
  const most = checkCount("maxConnectionsPerSubchannel", value, 1);
  return { usual: most, most };
}

function checkBackoff(backoff: unknown): void {
  if (backoff !== undefined && (typeof backoff !== "object" || backoff === null)) {
    throw new UsageError(`option backoff is ${describeValue(backoff)}; it must be an object`);
  }
  new Backoff(backoff as BackoffOptions | undefined);
}

function checkBoolean(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") {
    throw new UsageError(`option ${name} is ${describeValue(value)}; it must be true or false`);
  }
}

function toIdleTimeout(value: number): number {
  const ms = checkTime("idleTimeoutMs", value);
  if (ms !== 0 && ms < 1) {
    throw new UsageError(
      `option idleTimeoutMs is ${ms}; it must be 1 or more, or 0 or Infinity for never`,
    );
  }
  return ms === 0 ? Infinity : ms;
}

function checkZone(zone: unknown): void {
  if (zone !== undefined && (typeof zone !== "string" || zone === "")) {
    throw new UsageError(
      `option zone is ${describeValue(zone)}; it must be a text that is not empty`,
    );
  }
}

function toHeaderListLimits(settings: ChannelSettings): HeaderListLimits {
  const { maxHeaderListBytes = channelDefaults.maxHeaderListBytes } = settings;
  const hardBytes = checkCount("maxHeaderListBytes", maxHeaderListBytes, 1024);
  const { softHeaderListBytes = defaultSoftLimit(hardBytes) } = settings;
  return { softBytes: checkCount("softHeaderListBytes", softHeaderListBytes, 0), hardBytes };
}

function checkCount(name: string, value: number, least: number): number {
  if (!(value === Infinity || Number.isInteger(value)) || value < least) {
    throw new UsageError(
      `option ${name} is ${describeValue(value)}; it must be a whole number, ${least} or more`,
    );
  }
  return value;
}

const version = "0.1.0";

/**
 * The `user-agent` of a channel (PROTOCOL-HTTP2.md "User Agents").
 * @throws {UsageError} when the prefix cannot stand in a header field.
 */
export function toUserAgent(prefix: string | undefined): string {
  const own = `grpc-node-trunkline/${version}`;
  if (prefix === undefined || prefix === "") {
    return own;
  }
  if (typeof prefix !== "string" || !/^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$/.test(prefix)) {
    throw new UsageError(
      `option userAgent is ${describeValue(prefix)}; only printable ASCII can be sent`,
    );
  }
  return `${prefix} ${own}`;
}
