// Those who watch the calls of a server, and what begins and ends each record.
import { type Log, type RpcError, StreamObservers } from "@trunkline/core";
import { CallDiagnostics } from "@trunkline/core/node";
import type { ServerObserver } from "../server-observer.js";
import {
  type CallTarget,
  type RecordedCall,
  type RecordedRequest,
  ServerCallRecord,
} from "./server-call-record.js";

/** See the file's first line. */
export class CallObservers extends StreamObservers<ServerCallRecord, ServerObserver> {
  constructor(log: Log) {
    super(log, new CallDiagnostics("server"));
  }

  override add(observer: ServerObserver): void {
    if (hearsCalls(observer)) super.add(observer);
  }

  /** A call begins. @param call undefined: it is refused before any of its body is read. */
  begin(
    target: CallTarget,
    request: RecordedRequest,
    call: RecordedCall | undefined,
  ): ServerCallRecord {
    const record = new ServerCallRecord(target, request, call, this.now());
    for (const one of this.observers) {
      try {
        one.callStarted?.(record);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
    return record;
  }

  /** A call has ended. @param reason undefined: with OK. */
  end(record: ServerCallRecord, reason: RpcError | undefined): void {
    record.error = reason;
    record.endedMs = this.now();
    for (const one of this.observers) {
      try {
        one.callEnded?.(record);
      } catch (error) {
        this.hasFailed(one, error);
      }
    }
  }

  /** A call was refused before any of its body was read. */
  refused(target: CallTarget, request: RecordedRequest, error: RpcError): void {
    this.end(this.begin(target, request, undefined), error);
  }
}

const callHooks = [
  "callStarted",
  "callEnded",
  "responseStarted",
  "messageSent",
  "messageReceived",
  "requestsEnded",
] as const;

function hearsCalls(observer: ServerObserver): boolean {
  return callHooks.some((name) => observer[name] !== undefined);
}
