// The access log of a server: an observer of its calls.
import type { DescMethod } from "@bufbuild/protobuf";
import type { Code, ContextValues, Metadata, ObservedMessage, RpcError } from "@trunkline/core";
import type { ServerCallRecord, ServerObserver } from "@trunkline/server";
import { AccessLog } from "./access-log.js";
import { type AccessLogOptions, readLogOptions } from "./log-options.js";
import type { LoggedCall } from "./logged-call.js";

/**
 * Logs the calls of a server: by default those that do not end with OK, and slow ones. A call that is not logged costs next to nothing.
 * Never throws afterwards: what the logger throws is told to the log of the server, once.
 * @throws {UsageError} for an option that cannot be used.
 * @example
 * createServer({ observers: [serverAccessLog({ logger: pino(), calls: "all" })] });
 */
export function serverAccessLog(options: AccessLogOptions = {}): ServerObserver {
  const settings = readLogOptions("server", options);
  const log = new AccessLog(settings);
  // Methods that are not there cost nothing; those for messages cost each call.
  return {
    callEnded(record) {
      if (log.mayLog(record.code, record.durationMs)) log.finished(new ServerLoggedCall(record));
    },
    ...(settings.begins !== "none" && {
      callStarted(record: ServerCallRecord) {
        log.begun(new ServerLoggedCall(record));
      },
    }),
    ...(settings.payloads?.requests && {
      messageReceived(record: ServerCallRecord, message: ObservedMessage) {
        log.message(new ServerLoggedCall(record), "request", message, record.receivedMessages);
      },
    }),
    ...(settings.payloads?.responses && {
      messageSent(record: ServerCallRecord, message: ObservedMessage) {
        log.message(new ServerLoggedCall(record), "response", message, record.sentMessages);
      },
    }),
  };
}

class ServerLoggedCall implements LoggedCall {
  readonly #record: ServerCallRecord;

  constructor(record: ServerCallRecord) {
    this.#record = record;
  }

  get path(): string {
    return this.#record.path;
  }

  get method(): DescMethod | undefined {
    return this.#record.method;
  }

  get isKnown(): boolean {
    return this.#record.isRegistered;
  }

  get code(): Code {
    return this.#record.code;
  }

  get error(): RpcError | undefined {
    return this.#record.error;
  }

  get durationMs(): number {
    return this.#record.durationMs;
  }

  get startedEpochMs(): number {
    return this.#record.startedEpochMs;
  }

  get deadlineMs(): number | undefined {
    return this.#record.deadlineMs;
  }

  get peerAddress(): string {
    return this.#record.peer.address;
  }

  get requestMetadata(): Metadata {
    return this.#record.requestMetadata;
  }

  mayHaveFields(names: readonly string[]): boolean {
    return this.#record.hasField(names);
  }

  get context(): ContextValues | undefined {
    // Before there is a call, nobody has set anything.
    return this.#record.call === undefined ? this.#record.knownContext : this.#record.context;
  }

  get requestMessages(): number {
    return this.#record.receivedMessages;
  }

  get requestBytes(): number {
    return this.#record.receivedBytes;
  }

  get responseMessages(): number {
    return this.#record.sentMessages;
  }

  get responseBytes(): number {
    return this.#record.sentBytes;
  }

  get attempts(): undefined {
    return undefined;
  }
}
