// Options of binary logs, the same on both ends.
import { checkMethods, checkObject, readVariable, UsageError } from "@trunkline/core";
import { FieldRules, type RedactionOptions } from "../redaction/field-rules.js";
import { MessageRedactor } from "../redaction/redacted-message.js";
import type { CallLogSetup } from "./call-log.js";
import { type BinaryLogFilter, parseBinaryLogFilter } from "./filter.js";
import type { GrpcLogEntry_Logger } from "./gen/grpc/binlog/v1/binarylog_pb.js";
import type { BinaryLogSink } from "./sink.js";

/** Options of `serverBinaryLog` and `clientBinaryLog`. */
export interface BinaryLogOptions {
  /** Where entries go: a file of `openBinaryLogFile`, or anything with a method `write`. */
  readonly sink: BinaryLogSink;
  /**
   * Which calls are logged, and how much of them (gRFC A16): `*`, `users.v1.Users/*{h:256;m:4096}`, `-users.v1.Users/SignIn`, with
   * commas between them. Default: what the variable GRPC_BINARY_LOG_FILTER says, and nothing where it is not set.
   */
  readonly filter?: string | undefined;
  /** What of messages is not logged: fields are cleared before. Default: what has the option `debug_redact`, and names that speak of credentials. */
  readonly redaction?: RedactionOptions | undefined;
}

/** Options, checked. */
export interface BinaryLogSettings {
  readonly filter: BinaryLogFilter;
  readonly setup: CallLogSetup;
}

/** @throws {UsageError} for what cannot be used, a malformed filter for instance. */
export function readBinaryLogOptions(
  logger: GrpcLogEntry_Logger,
  options: BinaryLogOptions,
): BinaryLogSettings {
  checkObject("options", options);
  if (options?.sink === undefined) {
    throw new UsageError("option sink is missing; openBinaryLogFile(path) makes one of a file");
  }
  checkMethods("sink", options.sink, ["write"]);
  checkObject("redaction", options.redaction);
  const text = options.filter ?? readVariable("GRPC_BINARY_LOG_FILTER") ?? "";
  return {
    filter: parseBinaryLogFilter(text),
    setup: {
      sink: options.sink,
      logger,
      redactor: new MessageRedactor(new FieldRules(options.redaction)),
      now: () => performance.timeOrigin + performance.now(),
    },
  };
}
