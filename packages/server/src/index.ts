// Entry point of @trunkline/server: first what applications use, then what authors of plugins need.

// For authors of plugins: what observers of calls are told.
// For users: what both ends of a call share.
export {
  type Call,
  type CallCompression,
  type CallScope,
  type CarriedTrace,
  Code,
  type CompressionOptions,
  type ConnectionInfo,
  type ContextKey,
  ContextValues,
  codeName,
  createContextKey,
  createPrincipal,
  defaultCipherSuites,
  deriveCall,
  fromReadableStream,
  type Guard,
  guard,
  type Interceptor,
  type Log,
  type MessageCodec,
  type MessageEncoding,
  type MessageFormat,
  type MessageMeter,
  MessagePipe,
  type MessageSink,
  Metadata,
  type MetadataInit,
  type MethodChoice,
  type NamedCertificate,
  type Next,
  type ObservedMessage,
  type ObservedRecord,
  type Pem,
  type Principal,
  packDetail,
  perMethod,
  plaintext,
  principal,
  RecordSlot,
  type ReloadableTlsServerCredentials,
  type Reply,
  RpcError,
  type RpcErrorOptions,
  reloadableTlsServerCredentials,
  type ServerCredentials,
  type Status,
  type StreamObserver,
  type StreamRecord,
  setLog,
  silentLog,
  stderrLog,
  type TlsServerCredentials,
  type TlsServerOptions,
  type TlsVersion,
  tlsServerCredentials,
  toReadableStream,
  toWritableStream,
  traceContext,
  type UnknownServerName,
  UsageError,
  uncompressed,
  wasCompressed,
} from "@trunkline/core";
export {
  type CertificateFacts,
  createCallScope,
  type ExpiryOptions,
  loadTlsFiles,
  type NamedCertificateFiles,
  type TlsEvent,
  type TlsEventListener,
  type TlsExpiring,
  TlsFileError,
  type TlsFiles,
  type TlsReloaded,
  type TlsReloadFailed,
  type TlsServerFiles,
  type WatchedTlsServerCredentials,
  type WatchTlsExpiryOptions,
  type WatchTlsOptions,
  watchTlsExpiry,
  watchTlsServerCredentials,
} from "@trunkline/core/node";
// For users: the limits of connections.
export { type ConnectionLimits, type LimitName, serverLimitDefaults } from "@trunkline/http2";
// For users: the server.
export type {
  BidiStreamingHandler,
  ClientStreamingHandler,
  LooseImplementation,
  MethodHandler,
  ServerStreamingHandler,
  ServiceImplementation,
  UnaryHandler,
} from "./dispatch/handlers.js";
export type { MethodOptions, ServiceOptions } from "./dispatch/method-options.js";
export type {
  RawImplementation,
  RawResponses,
  UnknownMethodHandler,
} from "./dispatch/raw-handlers.js";
export type { CallFollower, ServerCall } from "./dispatch/server-call.js";
export type { ClientPeer, ClientProxy, ClientTlsPeer } from "./http/peer.js";
export type { ListenOptions } from "./listener/listen-options.js";
export type { Transport } from "./listener/open-connections.js";
export type { ListenAddress, ListenPlace } from "./listener/place/listen-address.js";
export type { OpenSource, SocketSource } from "./listener/place/socket-source.js";
export type { ProxiedAddress, ProxiedTls, ProxyHeader } from "./listener/proxy-protocol/header.js";
export type { ProxyProtocolOptions } from "./listener/proxy-protocol/options.js";
export type { Http1Handler } from "./listener/reception/http1-requests.js";
export type { ShutdownHook } from "./listener/shutdown/hooks.js";
export type {
  CutCall,
  HookReport,
  ShutdownPhases,
  ShutdownReport,
} from "./listener/shutdown/report.js";
export type { ShutdownOptions } from "./listener/shutdown/shutdown.js";
export {
  type SignalOptions,
  type SignalShutdown,
  shutdownOnSignals,
} from "./listener/shutdown/signals.js";
export { createServer, type Server } from "./server.js";
export type { ServerConnectionInfo, ServerObserver } from "./server-observer.js";
export type { ServerOptions } from "./server-options.js";
export type { ServerStats } from "./server-stats.js";
export type { CallTarget, ServerCallRecord } from "./telemetry/server-call-record.js";
