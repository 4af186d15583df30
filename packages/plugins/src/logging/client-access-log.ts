// The access log of a channel: an observer of its calls.
import type { DescMethod } from "@bufbuild/protobuf";
import type { AttemptRecord, CallObserver, ClientCallRecord } from "@trunkline/client";
import {
  type Code,
  type ContextValues,
  type Metadata,
  type ObservedMessage,
  RecordSlot,
  type RpcError,
} from "@trunkline/core";
import { AccessLog } from "./access-log.js";
import { type AccessLogOptions, readLogOptions } from "./log-options.js";
import type { LoggedCall } from "./logged-call.js";

/**
 * Logs the calls of a channel, each once, however many attempts it takes: by default those that do not end with OK, and slow ones. A
 * call that is not logged costs next to nothing. Never throws afterwards: what the logger throws is told to the log of the channel, once.
 * @throws {UsageError} for an option that cannot be used.
 * @example
 * createChannel("dns:///users:50051", { observers: [clientAccessLog({ logger: pino() })] });
 */
export function clientAccessLog(options: AccessLogOptions = {}): CallObserver {
  const settings = readLogOptions("client", options);
  const log = new AccessLog(settings);
  /** How many requests of a call are in the log: further attempts send them again. */
  const logged = new RecordSlot<number>();
  // Methods that are not there cost nothing; those for messages cost each call.
  return {
    callEnded(record) {
      if (log.mayLog(record.code, record.durationMs)) log.finished(new ClientLoggedCall(record));
    },
    ...(settings.begins !== "none" && {
      callStarted(record: ClientCallRecord) {
        log.begun(new ClientLoggedCall(record));
      },
    }),
    ...(settings.payloads?.requests && {
      messageSent(attempt: AttemptRecord, message: ObservedMessage) {
        const { call, sentMessages } = attempt;
        if (sentMessages <= (call.get(logged) ?? 0)) return;
        call.set(logged, sentMessages);
        log.message(new ClientLoggedCall(call), "request", message, sentMessages);
      },
    }),
    ...(settings.payloads?.responses && {
      messageReceived(attempt: AttemptRecord, message: ObservedMessage) {
        const { call, receivedMessages } = attempt;
        log.message(new ClientLoggedCall(call), "response", message, receivedMessages);
      },
    }),
  };
}

class ClientLoggedCall implements LoggedCall {
  readonly #record: ClientCallRecord;

  constructor(record: ClientCallRecord) {
    this.#record = record;
  }

  get path(): string {
    return this.#record.path;
  }

  get method(): DescMethod {
    return this.#record.method;
  }

  get isKnown(): boolean {
    return true;
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

  get peerAddress(): string | undefined {
    return this.#record.attempt?.address;
  }

  mayHaveFields(): boolean {
    return true;
  }

  get requestMetadata(): Metadata | undefined {
    return this.#record.attempt?.metadata ?? this.#record.metadata;
  }

  get context(): ContextValues | undefined {
    return this.#record.context;
  }

  get requestMessages(): number {
    return this.#record.attempt?.sentMessages ?? 0;
  }

  get requestBytes(): number {
    return this.#record.attempt?.sentBytes ?? 0;
  }

  get responseMessages(): number {
    return this.#record.attempt?.receivedMessages ?? 0;
  }

  get responseBytes(): number {
    return this.#record.attempt?.receivedBytes ?? 0;
  }

  get attempts(): number {
    const { attempt, retries, hedges, transparentRetries } = this.#record;
    return attempt === undefined ? 0 : 1 + retries + hedges + transparentRetries;
  }
}
