// The public entry of the HTTP/2 engine, in two tiers.

// For users: a connection, its binding to a transport, and the words to speak about them.
export { type ConnectionOptions, createConnection } from "./connection/create-connection.js";
export { tooManyPings } from "./connection/floods/control.js";
export {
  type ConnectionLimits,
  connectionLimitDefaults,
  type LimitName,
  serverLimitDefaults,
} from "./connection/limits.js";
// For plugin authors and fault-injecting test peers: frames and header blocks by hand.
export { connectionMagic } from "./connection/magic.js";
export type { ConnectionStats } from "./connection/stats.js";
export type {
  Connection,
  ConnectionCloseReason,
  HeaderBlock,
  HeaderList,
  Region,
  Role,
  Settings,
  Sink,
  StreamResetReason,
  StreamSink,
} from "./contract.js";
export { formatContinuation } from "./frame/continuation.js";
export { formatData } from "./frame/data.js";
export { ErrorCode, errorCodeName } from "./frame/error-code.js";
export { formatGoaway } from "./frame/goaway.js";
export {
  Flag,
  FrameType,
  frameHeadBytes,
  readFrameLength,
  readUint31,
  readUint32,
  writeFrameHead,
} from "./frame/head.js";
export { formatHeaders } from "./frame/headers.js";
export { formatPing } from "./frame/ping.js";
export { formatPriority } from "./frame/priority.js";
export { formatRstStream } from "./frame/rst-stream.js";
export { formatSettings, SettingId } from "./frame/settings.js";
export { formatWindowUpdate } from "./frame/window-update.js";
export { createDecoder, type DecodeResult, type HpackDecoder } from "./hpack/decoder.js";
export { createEncoder, type HpackEncoder } from "./hpack/encoder.js";
export { type BindOptions, bindDuplex } from "./node/bind-duplex.js";
export type { ByteStream, ByteStreamEvent } from "./node/byte-stream.js";
export { connectSocket } from "./node/connect-socket.js";
export {
  type Acceptor,
  createInMemoryTransport,
  type InMemoryTransport,
} from "./node/in-memory-transport.js";
export { createMemoryLink } from "./node/memory-link.js";
export { createMemoryPair } from "./node/memory-pair.js";
export { UsageError } from "./usage-error.js";
