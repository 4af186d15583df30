// Those who watch the calls of a channel, and what begins and ends each record.
import { type RpcError, StreamObservers } from "@trunkline/core";
import type { CallObserver } from "./call-observer.js";
import {
  type AttemptOrigin,
  AttemptRecord,
  ClientCallRecord,
  type RecordedClientCall,
  type RecordedStream,
} from "./client-call-record.js";

/** How an attempt ended. */
export interface AttemptEnd {
  /** Undefined: with OK. */
  readonly error: RpcError | undefined;
  /** Undefined: none were received. */
  readonly trailers: readonly string[] | undefined;
  /** This side wanted no more of it. */
  readonly isGivenUp: boolean;
}

/** The hooks that only a channel has, by what they are told of. */
type CallHook = "callStarted" | "nameResolved" | "callEnded";
type AttemptHook = "attemptStarted" | "requestStarted" | "attemptEnded";

/** See the file's first line. */
export class CallObservers extends StreamObservers<AttemptRecord, CallObserver> {
  /** A call begins. */
  beginCall(call: RecordedClientCall): ClientCallRecord {
    const record = new ClientCallRecord(call, this.now());
    this.tellOfCall("callStarted", record);
    return record;
  }

  /** The target's name is resolved. */
  nameResolved(record: ClientCallRecord): void {
    if (record.waitedForName) this.tellOfCall("nameResolved", record);
  }

  /** A call has ended. */
  endCall(record: ClientCallRecord, error: RpcError | undefined): void {
    record.error = error;
    record.endedMs = this.now();
    this.tellOfCall("callEnded", record);
  }

  /** An attempt begins. */
  beginAttempt(call: ClientCallRecord, origin: AttemptOrigin): AttemptRecord {
    const record = new AttemptRecord(call, origin, this.now());
    call.attempt = record;
    if (origin.kind !== "first") count(call, origin);
    this.tellOfAttempt("attemptStarted", record);
    return record;
  }

  /** A connection was found for it. */
  attached(record: AttemptRecord, stream: RecordedStream): void {
    record.attach(stream);
    this.tellOfAttempt("requestStarted", record);
  }

  /** The response's head was received. */
  headersReceived(record: AttemptRecord, fields: readonly string[]): void {
    record.receiveHeaders(fields);
    this.responseStarted(record);
  }

  /** An attempt has ended. */
  endAttempt(record: AttemptRecord, { error, trailers, isGivenUp }: AttemptEnd): void {
    record.error = error;
    record.isCancelled = isGivenUp;
    record.endedMs = this.now();
    if (!isGivenUp) record.call.attempt = record;
    if (trailers !== undefined) record.receiveTrailers(trailers);
    this.tellOfAttempt("attemptEnded", record);
  }

  private tellOfCall(hook: CallHook, record: ClientCallRecord): void {
    for (const one of this.observers) {
      try {
        one[hook]?.(record);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
  }

  private tellOfAttempt(hook: AttemptHook, record: AttemptRecord): void {
    for (const one of this.observers) {
      try {
        one[hook]?.(record);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
  }
}

function count(call: ClientCallRecord, { kind, delayMs }: AttemptOrigin): void {
  if (kind === "transparent") call.transparentRetries++;
  else if (kind === "hedge") call.hedges++;
  else {
    call.retries++;
    call.retryDelayMs += delayMs;
  }
}
