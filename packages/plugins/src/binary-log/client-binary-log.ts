// The binary log of a channel: an observer of its calls, which tells what the application sees and not each attempt.
import type { AttemptRecord, CallObserver, ClientCallRecord } from "@trunkline/client";
import { Code, Metadata, RecordSlot } from "@trunkline/core";
import { type BinaryLogOptions, readBinaryLogOptions } from "./binary-log-options.js";
import { CallLog } from "./call-log.js";
import { GrpcLogEntry_Logger } from "./gen/grpc/binlog/v1/binarylog_pb.js";

/** The log of one call, and what of it is logged already: attempts send the same requests again. */
interface Logged {
  readonly log: CallLog;
  requests: number;
  isHalfClosed: boolean;
  isAnswered: boolean;
}

/**
 * Logs the calls of a channel in the format of gRFC A16: head, messages and trailers, each as it happens. A call is logged once, however
 * many attempts it takes; what call credentials add is not logged. Where the filter is empty it costs nothing.
 * @throws {UsageError} for a filter that is malformed, and other options that cannot be used.
 * @example
 * createChannel("dns:///users:50051", { observers: [clientBinaryLog({ sink, filter: "*" })] });
 */
export function clientBinaryLog(options: BinaryLogOptions): CallObserver {
  const { filter, setup } = readBinaryLogOptions(GrpcLogEntry_Logger.CLIENT, options);
  if (filter.isEmpty) return {};
  const slot = new RecordSlot<Logged>();
  return {
    callStarted(record) {
      const limits = filter.limitsFor(record.path);
      if (limits === undefined) return;
      const log = new CallLog(setup, limits);
      record.set(slot, { log, requests: 0, isHalfClosed: false, isAnswered: false });
      log.clientHeader({
        path: record.path,
        authority: record.authority ?? authorityOf(record.target),
        metadata: record.metadata ?? new Metadata(),
        timeoutMs: record.timeRemainingMs,
        peer: undefined,
      });
    },
    messageSent({ call, sentMessages }, message) {
      const logged = call.get(slot);
      if (logged === undefined || sentMessages <= logged.requests) return;
      logged.requests = sentMessages;
      logged.log.clientMessage(message, call.method.input);
    },
    requestsEnded({ call }) {
      const logged = call.get(slot);
      if (logged === undefined || logged.isHalfClosed) return;
      logged.isHalfClosed = true;
      logged.log.halfClose();
    },
    responseStarted(attempt) {
      const logged = attempt.call.get(slot);
      if (logged === undefined || logged.isAnswered) return;
      logged.isAnswered = true;
      logged.log.serverHeader(attempt.responseHeaders, attempt.address);
    },
    messageReceived({ call }, message) {
      call.get(slot)?.log.serverMessage(message, call.method.output);
    },
    callEnded(record) {
      const log = record.get(slot)?.log;
      if (log === undefined) return;
      const { attempt } = record;
      if (isTakenBack(record, attempt)) log.cancel();
      else if (!wasAnswered(attempt)) log.trailer(record.error, new Metadata());
      else log.trailer(attempt.error ?? record.error, attempt.responseTrailers, attempt.address);
    },
  };
}

/** Whether the end of a call is what a server has said. */
function wasAnswered(attempt: AttemptRecord | undefined): attempt is AttemptRecord {
  return attempt?.trailerFields !== undefined;
}

/** Whether the application has cancelled the call, rather than the server. */
function isTakenBack(record: ClientCallRecord, attempt: AttemptRecord | undefined): boolean {
  return record.code === Code.CANCELLED && !wasAnswered(attempt);
}

/** What a target says of the server's name: `users:50051` of `dns:///users:50051`. Never a password that somebody has put there. */
function authorityOf(target: string): string {
  return target.replace(/^[a-z][\w+.-]*:\/\/[^/]*\//i, "").replace(/^[^/]*@/, "");
}
