// The public entry of the client on Node.js: all of the browser's, and channels over HTTP/2.

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
  type Guard,
  guard,
  type Interceptor,
  type Log,
  type MessageCodec,
  type MessageEncoding,
  type MessageFormat,
  MessagePipe,
  type MessageSink,
  Metadata,
  type MetadataInit,
  type MethodChoice,
  type Next,
  type ObservedMessage,
  type ObservedRecord,
  type ParentCall,
  type Pem,
  packDetail,
  perMethod,
  plaintext,
  RecordSlot,
  type ReloadableTlsChannelCredentials,
  type Reply,
  RpcError,
  type RpcErrorOptions,
  reloadableTlsChannelCredentials,
  type Status,
  type StreamObserver,
  type StreamRecord,
  setLog,
  silentLog,
  stderrLog,
  type TlsChannelCredentials,
  type TlsChannelOptions,
  type TlsVersion,
  tlsChannelCredentials,
  toReadableStream,
  toWritableStream,
  traceContext,
  UsageError,
  uncompressed,
  type VerifyServer,
  wasCompressed,
} from "@trunkline/core";
export {
  type CertificateFacts,
  createCallScope,
  type ExpiryOptions,
  loadTlsFiles,
  type TlsChannelFiles,
  type TlsEvent,
  type TlsEventListener,
  type TlsExpiring,
  TlsFileError,
  type TlsFiles,
  type TlsReloaded,
  type TlsReloadFailed,
  type WatchedTlsChannelCredentials,
  type WatchTlsExpiryOptions,
  type WatchTlsOptions,
  watchTlsChannelCredentials,
  watchTlsExpiry,
} from "@trunkline/core/node";
// For users: the limits of connections.
export { type ConnectionLimits, connectionLimitDefaults } from "@trunkline/http2";
// For authors of balancing policies and resolvers.
export type {
  AnyBalancerPolicy,
  AttemptObserver,
  AttemptOutcome,
  BalancedSubchannel,
  Balancer,
  BalancerHost,
  BalancerInput,
  BalancerPolicy,
  HealthWatch,
  Pick,
  PickedCall,
  Picker,
} from "./balancer/balancer.js";
export { type LoadReport, loadReportOf } from "./balancer/orca/load-report.js";
export { type LoadReportListener, withLoadReports } from "./balancer/orca/reporting-host.js";
export { createPolicy, type PickFunction } from "./balancer/policy/function-policy.js";
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
export type { Endpoint } from "./resolver/endpoint.js";
export { createManualResolver, type ManualResolver } from "./resolver/manual.js";
export type { DnsOptions } from "./resolver/node/dns-options.js";
export type {
  Resolution,
  Resolver,
  ResolverFactory,
  ResolverHost,
  ResolverListener,
} from "./resolver/resolver.js";
export type { Target } from "./resolver/target.js";
export type { RetryBudgetOptions } from "./retry/retry-budget.js";
export {
  type ChannelRetryOptions,
  type RetryLimits,
  type RetryOptions,
  retryDefaults,
  retryLimitDefaults,
} from "./retry/retry-options.js";
export type { DurationText } from "./service-config/duration-text.js";
export type {
  EjectionRuleJson,
  LeastRequestJson,
  LoadBalancingPolicyJson,
  OutlierDetectionJson,
  PeakEwmaJson,
  PickFirstJson,
  PriorityJson,
  RandomSubsettingJson,
  RingHashJson,
  WeightedRoundRobinJson,
  WeightedTargetJson,
  ZonePreferenceJson,
} from "./service-config/load-balancing-json.js";
export type {
  HedgingPolicyJson,
  MethodConfigJson,
  MethodName,
  RetryPolicyJson,
  ServiceConfigJson,
} from "./service-config/service-config-json.js";
export { Backoff, type BackoffOptions } from "./subchannel/backoff.js";
export type { ProxyOptions } from "./subchannel/node/proxy/proxy.js";
export { ConnectivityState } from "./subchannel/state.js";
export type { CallObserver } from "./telemetry/call-observer.js";
export type {
  AttemptKind,
  AttemptOrigin,
  AttemptRecord,
  ClientCallRecord,
} from "./telemetry/client-call-record.js";
// For users on Node.js: channels.
export type { TargetOptions } from "./transport/node/channel-target.js";
export { type ChannelOptions, createChannel } from "./transport/node/create-channel.js";
