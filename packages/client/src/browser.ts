// The entry for browsers: what needs no sockets. Channels for browsers are made by a transport over fetch.

// For users: what both ends of a call share.
// For those who count and trace calls.
export {
  type Call,
  type CallCompression,
  type CallScope,
  type CarriedTrace,
  type ChannelCredentials,
  Code,
  type CompressionOptions,
  type ConnectionInfo,
  type ContextKey,
  ContextValues,
  codeName,
  createContextKey,
  deriveCall,
  fromReadableStream,
  type Interceptor,
  type Log,
  type MessageCodec,
  type MessageEncoding,
  type MessageFormat,
  MessagePipe,
  type MessageSink,
  Metadata,
  type MetadataInit,
  type Next,
  type ObservedMessage,
  type ObservedRecord,
  type ParentCall,
  type Pem,
  packDetail,
  plaintext,
  RecordSlot,
  type Reply,
  RpcError,
  type RpcErrorOptions,
  type Status,
  type StreamObserver,
  type StreamRecord,
  setLog,
  silentLog,
  stderrLog,
  type TlsChannelCredentials,
  type TlsChannelOptions,
  tlsChannelCredentials,
  toReadableStream,
  toWritableStream,
  traceContext,
  UsageError,
  uncompressed,
  type VerifyServer,
  wasCompressed,
} from "@trunkline/core";
// For users: clients and calls.
export type { CallDefaults } from "./call/call-defaults.js";
export type { CallOptions, OpenOptions } from "./call/call-options.js";
export type {
  OpenBidiCall,
  OpenCall,
  OpenClientStream,
  OpenRequests,
  OpenResponses,
  OpenServerStream,
} from "./call/manual-call.js";
export type { ChannelSettings } from "./channel/channel-options.js";
export type {
  Channel,
  ChannelStats,
  CloseOptions,
  StatesOptions,
  WaitForReadyOptions,
} from "./channel/channel-port.js";
export {
  type BidiStreamingMethod,
  type Client,
  type ClientMethod,
  type ClientOptions,
  type ClientStreamingMethod,
  createClient,
  type LooseClient,
  type Requests,
  type Responses,
  type ServerStreamingMethod,
  type UnaryMethod,
} from "./client.js";
export {
  bearerToken,
  type CallCredentials,
  type CredentialsCall,
  combineCallCredentials,
  type TokenSource,
} from "./credentials/call-credentials.js";
export {
  type IssuedToken,
  type RefreshingTokenOptions,
  refreshingToken,
} from "./credentials/refreshing-token.js";
export {
  createRawClient,
  openRaw,
  type RawClient,
  type RawOptions,
  type RawRequests,
  type RawStream,
} from "./raw-client.js";
export type { Address, TcpAddress, UnixAddress } from "./resolver/address.js";
export type { RetryBudgetOptions } from "./retry/retry-budget.js";
export {
  type ChannelRetryOptions,
  type RetryLimits,
  type RetryOptions,
  retryDefaults,
  retryLimitDefaults,
} from "./retry/retry-options.js";
export type {
  HedgingPolicyJson,
  MethodConfigJson,
  MethodName,
  RetryPolicyJson,
  ServiceConfigJson,
} from "./service-config/service-config-json.js";
export type { BackoffOptions } from "./subchannel/backoff.js";
export { ConnectivityState } from "./subchannel/state.js";
export type { CallObserver } from "./telemetry/call-observer.js";
export type {
  AttemptKind,
  AttemptOrigin,
  AttemptRecord,
  ClientCallRecord,
} from "./telemetry/client-call-record.js";
