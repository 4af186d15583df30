// What a server can be told when it is created, and what it does when it is told nothing.
import {
  type CallScope,
  type Clock,
  type CompressionOptions,
  CompressionPlan,
  checkArray,
  checkFormats,
  checkFunction,
  checkObject,
  checkSharedOptions,
  defaultSoftLimit,
  describeValue,
  type Interceptor,
  type Log,
  type MessageFormat,
  processLog,
  systemClock,
  UsageError,
  zlibEncodings,
} from "@trunkline/core";
import type { ConnectionLimits } from "@trunkline/http2";
import {
  type MethodLimits,
  type MethodOptions,
  toMethodLimits,
} from "./dispatch/method-options.js";
import type { UnknownMethodHandler } from "./dispatch/raw-handlers.js";
import type { ServerObserver } from "./server-observer.js";

/** Options of `createServer`. Limits of calls hold for every service and method that names none of its own. */
export interface ServerOptions extends MethodOptions {
  /**
   * Wrapped around every handler, for all four kinds of method. The first one is outermost: it sees
   * the call first and the reply last. Default: none, which costs nothing.
   */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Are told what happens to the server and its calls: metrics, traces, logs. Default: nobody, which costs nothing. */
  readonly observers?: readonly ServerObserver[] | undefined;
  /**
   * Message formats that are understood besides protobuf, for example `jsonFormat()` of
   * `@trunkline/server/json`: a call is answered in the format that it came in. Formats that are not
   * understood get UNIMPLEMENTED. One named `proto` takes the place of the built-in one. Default: none.
   */
  readonly formats?: readonly MessageFormat[] | undefined;
  /**
   * Answers calls to methods that no service has, message by message as bytes: for proxies, and
   * services whose contract is known elsewhere. Interceptors are wrapped around it as well. Default:
   * such calls get UNIMPLEMENTED.
   */
  readonly unknownMethod?: UnknownMethodHandler | undefined;
  /**
   * Makes the calls that a handler makes children of the call that it handles: deadline, cancellation
   * and trace hold for them, too. Made by `createCallScope()`, and given to the channels as well.
   * Default: none, which costs nothing.
   */
  readonly callScope?: CallScope | undefined;
  /**
   * Streams that one connection may have open, and handlers that may run for it, 1 to 2^31 - 1. Clients
   * wait with further calls (SETTINGS_MAX_CONCURRENT_STREAMS). Default 1000.
   */
  readonly maxConcurrentStreams?: number | undefined;
  /** How many bytes a client may send on one stream before a handler has read them, 1 to 2^31 - 1. Default 1 MiB. */
  readonly streamWindowBytes?: number | undefined;
  /** How many bytes a client may have under way on all streams together, 65,535 to 2^31 - 1. Default 1 MiB. */
  readonly connectionWindowBytes?: number | undefined;
  /**
   * The largest list of request headers in bytes, names, values and 32 for each field, 1024 to 2^31 - 1.
   * Calls with a larger one end with RESOURCE_EXHAUSTED. Default 16 KiB.
   */
  readonly maxHeaderListBytes?: number | undefined;
  /**
   * How responses are compressed and which encodings are understood; a name alone is the `encoding` of the
   * options. Default: all that the runtime has are understood, and a call is answered in the encoding of
   * its requests.
   */
  readonly compression?: CompressionOptions | string | undefined;
  /**
   * From this size of the list of request headers on, calls are refused with RESOURCE_EXHAUSTED at
   * random, the more often the nearer the list is to `maxHeaderListBytes`, so that growing metadata is
   * noticed while most calls still work. 0 to 2^31 - 1; as much as `maxHeaderListBytes` switches it off.
   * Default: half of `maxHeaderListBytes`, 8 KiB.
   */
  readonly softHeaderListBytes?: number | undefined;
  /**
   * Connections that each listening socket may have open, 1 to 2^31 - 1. Further ones are closed as
   * soon as they are accepted, before anything is read from them. Default 10,000.
   */
  readonly maxConnections?: number | undefined;
  /**
   * HTTP/2 connections that one address may have open, IPv6 addresses of one /64 together, 1 to 2^31 - 1. Further ones are told
   * so (GOAWAY with ENHANCE_YOUR_CALM) and ended; their calls fail with UNAVAILABLE. Behind a proxy all clients have
   * its address, unless it speaks the PROXY protocol. Default: no limit.
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * How long a client may take until HTTP/2 has begun, in milliseconds, 1 to 2^31 - 1: for its TLS
   * handshake, again for its first bytes, and again until SETTINGS are exchanged. Default 20,000.
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * Silence on a TCP connection after which the operating system asks whether the other machine is there,
   * milliseconds in whole seconds, 1000 to 2^31 - 1; 0: never. Default 60,000.
   */
  readonly tcpKeepaliveMs?: number | undefined;
  /**
   * Every other limit of the HTTP/2 connections: keepalive, ages, and budgets against floods. Options
   * above that mean the same go first. Default: `serverLimitDefaults` of `@trunkline/http2`.
   */
  readonly limits?: Partial<ConnectionLimits> | undefined;
  /**
   * What deadlines of calls are measured with; for tests, see `FakeClock` of
   * `@trunkline/server/testing`. Default: the system's clock, which never goes back.
   */
  readonly clock?: Clock | undefined;
  /** Where handlers' unexpected exceptions and trouble with connections are told. Default: what `setLog` names, at first stderr. */
  readonly log?: Log | undefined;
}

/** Options with every default filled in. */
export interface ServerSettings {
  readonly interceptors: readonly Interceptor[];
  readonly observers: readonly ServerObserver[];
  readonly formats: readonly MessageFormat[];
  readonly unknownMethod: UnknownMethodHandler | undefined;
  readonly methodLimits: MethodLimits;
  readonly callScope: CallScope | undefined;
  readonly maxConcurrentStreams: number;
  readonly streamWindowBytes: number;
  readonly connectionWindowBytes: number;
  readonly maxHeaderListBytes: number;
  readonly softHeaderListBytes: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number | undefined;
  readonly handshakeTimeoutMs: number;
  readonly tcpKeepaliveMs: number;
  readonly limits: Partial<ConnectionLimits>;
  readonly clock: Clock;
  readonly compression: CompressionPlan;
  readonly log: Log;
}

const maxInt31 = 2 ** 31 - 1;

/**
 * Fills in the defaults.
 * @throws {UsageError} when a number is out of its range.
 */
export function readServerOptions(options: ServerOptions): ServerSettings {
  checkSharedOptions(options);
  checkArray("formats", options.formats);
  checkArray("observers", options.observers);
  checkFunction("unknownMethod", options.unknownMethod);
  checkObject("limits", options.limits);
  const { maxHeaderListBytes = 16_384 } = options;
  checkRange({ maxHeaderListBytes }, "maxHeaderListBytes", 1024, maxInt31);
  const settings: ServerSettings = {
    interceptors: [...(options.interceptors ?? [])],
    observers: [...(options.observers ?? [])],
    formats: [...(options.formats ?? [])],
    unknownMethod: options.unknownMethod,
    methodLimits: toMethodLimits("server option", options),
    callScope: options.callScope,
    maxConcurrentStreams: options.maxConcurrentStreams ?? 1000,
    streamWindowBytes: options.streamWindowBytes ?? 1_048_576,
    connectionWindowBytes: options.connectionWindowBytes ?? 1_048_576,
    maxHeaderListBytes,
    softHeaderListBytes: options.softHeaderListBytes ?? defaultSoftLimit(maxHeaderListBytes),
    maxConnections: options.maxConnections ?? 10_000,
    maxConnectionsPerAddress: options.maxConnectionsPerAddress,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? 20_000,
    tcpKeepaliveMs: options.tcpKeepaliveMs ?? 60_000,
    limits: options.limits ?? {},
    clock: options.clock ?? systemClock,
    compression: new CompressionPlan(zlibEncodings(), options.compression),
    log: options.log ?? processLog,
  };
  checkFormats(settings.formats);
  checkRange(settings, "maxConcurrentStreams", 1, maxInt31);
  checkRange(settings, "streamWindowBytes", 1, maxInt31);
  checkRange(settings, "connectionWindowBytes", 65_535, maxInt31);
  checkRange(settings, "softHeaderListBytes", 0, maxInt31);
  checkRange(settings, "maxConnections", 1, maxInt31);
  const { maxConnectionsPerAddress = 1 } = settings;
  checkRange({ maxConnectionsPerAddress }, "maxConnectionsPerAddress", 1, maxInt31);
  checkRange(settings, "handshakeTimeoutMs", 1, maxInt31);
  if (settings.tcpKeepaliveMs !== 0) checkRange(settings, "tcpKeepaliveMs", 1000, maxInt31);
  return settings;
}

function checkRange<K extends string>(
  settings: Readonly<Record<K, number>>,
  name: K,
  least: number,
  most: number,
): void {
  const value = settings[name];
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new UsageError(
    `server option ${name} must be a whole number from ${least} to ${most}, not ${describeValue(value)}`,
  );
}
