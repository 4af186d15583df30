// Entry point of @trunkline/plugins/binary-log: calls with all that was sent, in the format that gRPC has for it (gRFC A16).
export type { RedactionOptions } from "../redaction/field-rules.js";
export type { BinaryLogOptions } from "./binary-log-options.js";
export { clientBinaryLog } from "./client-binary-log.js";
export { formatLogEntry } from "./format-entry.js";
export { readBinaryLog } from "./framing.js";
export {
  type GrpcLogEntry,
  GrpcLogEntry_EventType,
  GrpcLogEntry_Logger,
  GrpcLogEntrySchema,
} from "./gen/grpc/binlog/v1/binarylog_pb.js";
export { openBinaryLogFile } from "./node/log-file.js";
export { serverBinaryLog } from "./server-binary-log.js";
export type { BinaryLogFile, BinaryLogFileOptions, BinaryLogSink } from "./sink.js";
