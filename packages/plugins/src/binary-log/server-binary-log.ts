// The binary log of a server: an observer of its calls.
import { RecordSlot } from "@trunkline/core";
import type { ServerObserver } from "@trunkline/server";
import { type BinaryLogOptions, readBinaryLogOptions } from "./binary-log-options.js";
import { CallLog } from "./call-log.js";
import { GrpcLogEntry_Logger } from "./gen/grpc/binlog/v1/binarylog_pb.js";

/**
 * Logs the calls of a server in the format of gRFC A16: head, messages and trailers, each as it happens. Where the filter is empty it
 * costs nothing.
 * @throws {UsageError} for a filter that is malformed, and other options that cannot be used.
 * @example
 * createServer({ observers: [serverBinaryLog({ sink, filter: "users.v1.Users/*{h;m:4096}" })] });
 */
export function serverBinaryLog(options: BinaryLogOptions): ServerObserver {
  const { filter, setup } = readBinaryLogOptions(GrpcLogEntry_Logger.SERVER, options);
  if (filter.isEmpty) return {};
  const logs = new RecordSlot<CallLog>();
  return {
    callStarted(record) {
      const { path, authority, peer, timeoutMs, requestMetadata: metadata } = record;
      const limits = filter.limitsFor(path);
      if (limits === undefined) return;
      const log = new CallLog(setup, limits);
      record.set(logs, log);
      log.clientHeader({ path, authority, metadata, timeoutMs, peer: peer.address });
    },
    messageReceived(record, message) {
      record.get(logs)?.clientMessage(message, record.method?.input);
    },
    requestsEnded(record) {
      record.get(logs)?.halfClose();
    },
    responseStarted(record) {
      record.get(logs)?.serverHeader(record.responseHeaders);
    },
    messageSent(record, message) {
      record.get(logs)?.serverMessage(message, record.method?.output);
    },
    callEnded(record) {
      const log = record.get(logs);
      if (record.isCancelled) log?.cancel();
      else log?.trailer(record.error, record.responseTrailers);
    },
  };
}
