// Entry point of @trunkline/core: first what applications use, then what authors of libraries need.

// For users: calls as interceptors see them, and logging.
export type { Call, Interceptor, Next, Reply } from "./call/call.js";
export type { CallScope, ParentCall } from "./call/call-scope.js";
// For library authors: calls.
export { type Clock, nowMs, systemClock, type Timer } from "./call/clock.js";
export { deadlineWheelOf } from "./call/clock-wheels.js";
export { type ContextKey, ContextValues, createContextKey } from "./call/context-values.js";
export {
  DeadlineEntry,
  DeadlineWheel,
  sharedDeadlineWheel,
  type WheelClock,
} from "./call/deadline-wheel.js";
export { Deferred } from "./call/deferred.js";
export { type CallChanges, deriveCall } from "./call/derive-call.js";
export {
  composeGuards,
  type Guard,
  guard,
  guardOf,
  interceptorsFor,
  perMethod,
} from "./call/guard.js";
export { composeInterceptors } from "./call/interceptors.js";
export { MessagePipe } from "./call/message-pipe.js";
export { MessageQueue, type MessageQueueOwner } from "./call/message-queue.js";
export {
  type MethodKind,
  methodPath,
  streamsRequests,
  streamsResponses,
} from "./call/method-kind.js";
export { type MethodChoice, MethodSet } from "./call/method-set.js";
export type { Peer, TlsPeer } from "./call/peer.js";
export { createPrincipal, type Principal, principal } from "./call/principal.js";
export { type CarriedTrace, traceContext, withTraceOf } from "./call/trace-context.js";
// For library authors: compression.
export { parseAcceptEncoding } from "./compression/accept-list.js";
// For users: compression.
export {
  type CallCompression,
  type CompressionOptions,
  compressionDefaults,
} from "./compression/compression-options.js";
export { CompressionPlan, type OutgoingCompression } from "./compression/compression-plan.js";
export {
  type DeflaterOutlet,
  type DeflaterOwner,
  MessageDeflater,
} from "./compression/message-deflater.js";
export { identity, type MessageEncoding } from "./compression/message-encoding.js";
export {
  type InflatedMessage,
  type InflaterOptions,
  type InflaterSink,
  MessageInflater,
} from "./compression/message-inflater.js";
export {
  carryMark,
  isUncompressed,
  markCompressed,
  uncompressed,
  wasCompressed,
} from "./compression/message-marks.js";
// For library authors: names in certificates, as Node.js tells them.
export {
  formatSubject,
  namesOfKind,
  parseAltNames,
  toSpiffeId,
} from "./credentials/certificate-names.js";
// For users: credentials.
export {
  type ChannelCredentials,
  type ReloadableTlsChannelCredentials,
  reloadableTlsChannelCredentials,
  type TlsChannelCredentials,
  type TlsChannelOptions,
  tlsChannelCredentials,
  type VerifyServer,
} from "./credentials/channel-credentials.js";
export type { Pem, TlsVersion } from "./credentials/pem.js";
export { type PlaintextCredentials, plaintext } from "./credentials/plaintext.js";
// For library authors: what uses credentials.
export {
  isReloadable,
  type Reloadable,
  ReloadableTls,
  type TlsAdopter,
  tlsInForce,
} from "./credentials/reloadable-tls.js";
export {
  type SecureContextSettings,
  toSecureContextOptions,
} from "./credentials/secure-context-options.js";
export {
  type NamedCertificate,
  type ReloadableTlsServerCredentials,
  reloadableTlsServerCredentials,
  type ServerCredentials,
  type TlsServerCredentials,
  type TlsServerOptions,
  tlsServerCredentials,
  type UnknownServerName,
} from "./credentials/server-credentials.js";
export { tlsErrorText } from "./credentials/tls-error-text.js";
export {
  defaultCipherSuites,
  type TlsPolicy,
  type TlsPolicyOptions,
} from "./credentials/tls-policy.js";
// For users: the ten detail messages of google.rpc.
export {
  type BadRequest,
  type BadRequest_FieldViolation,
  BadRequest_FieldViolationSchema,
  BadRequestSchema,
  type DebugInfo,
  DebugInfoSchema,
  type ErrorInfo,
  ErrorInfoSchema,
  type Help,
  type Help_Link,
  Help_LinkSchema,
  HelpSchema,
  type LocalizedMessage,
  LocalizedMessageSchema,
  type PreconditionFailure,
  type PreconditionFailure_Violation,
  PreconditionFailure_ViolationSchema,
  PreconditionFailureSchema,
  type QuotaFailure,
  type QuotaFailure_Violation,
  QuotaFailure_ViolationSchema,
  QuotaFailureSchema,
  type RequestInfo,
  RequestInfoSchema,
  type ResourceInfo,
  ResourceInfoSchema,
  type RetryInfo,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";
export { type Status as GoogleRpcStatus, StatusSchema } from "./gen/google/rpc/status_pb.js";
// For library authors: status and metadata on the wire.
export { DroppedMetadataLog } from "./metadata/dropped-log.js";
export {
  appendFields,
  type DroppedEntry,
  decodeBinaryValue,
  encodeBinaryValue,
  metadataFromFields,
} from "./metadata/fields.js";
// For users: metadata.
export {
  Metadata,
  type MetadataInit,
  type MetadataValue,
  type MetadataValueOf,
} from "./metadata/metadata.js";
export { isBinaryName, isReservedName, isValidName } from "./metadata/names.js";
// For library authors: limits on the size of metadata.
export {
  defaultSoftLimit,
  type HeaderListLimits,
  isListRefused,
  toListError,
} from "./metadata/size-limit.js";
// For library authors: compression on Node.js.
export { zlibEncodings } from "./node/zlib-encodings.js";
// For users: status and errors.
export { Code, codeName, isCode } from "./status/code.js";
export { packDetail, standardDetails } from "./status/details.js";
export { codeFromHttpStatus } from "./status/http-status.js";
export { codeFromHttp2, http2FromCode } from "./status/http2-code.js";
export { neutralMessage, neutralStatus } from "./status/neutral-status.js";
export {
  checkArray,
  checkFunction,
  checkMethods,
  checkObject,
  checkSharedOptions,
  describeValue,
} from "./status/option-checks.js";
export { RpcError, type RpcErrorOptions } from "./status/rpc-error.js";
export type { Status } from "./status/status.js";
export { rejectTraced } from "./status/traced-rejection.js";
export { UsageError } from "./status/usage-error.js";
// For users: messages as Web Streams.
export type { MessageSink } from "./streams/message-sink.js";
export { fromReadableStream, toReadableStream, toWritableStream } from "./streams/web-streams.js";
// For authors of plugins: what observers of calls are told.
export {
  type MessageMeter,
  type ObservedMessage,
  ObservedRecord,
  RecordSlot,
  StreamRecord,
} from "./telemetry/call-record.js";
export { type ConnectionInfo, describeConnection } from "./telemetry/connection-info.js";
export type {
  CallFigures,
  DescribedChannel,
  DescribedSubchannel,
} from "./telemetry/described-channel.js";
export { entityId } from "./telemetry/entity-id.js";
export { readVariable } from "./telemetry/environment.js";
export {
  formatLogLine,
  type Log,
  type LogFields,
  processLog,
  setLog,
  silentLog,
  stderrLog,
  traceStep,
} from "./telemetry/log-port.js";
export { redacted, scrubCredentials, toLogText } from "./telemetry/log-text.js";
export {
  type PreciseClock,
  type StandbyObserver,
  type StreamObserver,
  StreamObservers,
} from "./telemetry/stream-observers.js";
export { isTraced, type TracedPart } from "./telemetry/trace.js";
export { contentTypeGrpc, contentTypeGrpcProto, parseContentType } from "./wire/content-type.js";
export { Deframer, type DeframerSink } from "./wire/deframer.js";
export { ENVELOPE_BYTES, FLAG_COMPRESSED, FLAG_PLAIN, writeEnvelopeHead } from "./wire/envelope.js";
export { formatTimeout, parseTimeout } from "./wire/grpc-timeout.js";
export type { MessageCodec } from "./wire/message-codec.js";
export {
  checkFormatName,
  checkFormats,
  contentTypeOf,
  type MessageFormat,
} from "./wire/message-format.js";
export { decodeMessage, encodeMessage } from "./wire/percent.js";
export { checkRawMessage, createGenericMethod, isMethodPath, rawCodec } from "./wire/raw-bytes.js";
export { limitSentBytes } from "./wire/send-limit.js";
export { type Ending, type MessageOutlet, sendMessage } from "./wire/send-message.js";
export { statusFields, statusFromFields, statusTextOf } from "./wire/status-fields.js";
