// The port through which calls and their attempts are told to whoever counts or traces them; nothing on the path of a call reads it.
import type { StreamObserver } from "@trunkline/core";
import type { AttemptRecord, ClientCallRecord } from "./client-call-record.js";

/**
 * Hears of the calls of a channel and of their attempts. What it throws is logged once, and has no other effect. What
 * happens between begin and end (`responseStarted`, `messageSent` ...) is told of attempts.
 */
export interface CallObserver extends StreamObserver<AttemptRecord> {
  /** A call begins. Told while the caller calls, if there are no interceptors. */
  callStarted?(call: ClientCallRecord): void;
  /** The target's name is resolved; told of calls that had to wait for it. */
  nameResolved?(call: ClientCallRecord): void;
  /** An attempt begins: next a connection is picked for it. It may be given metadata of its own now. */
  attemptStarted?(attempt: AttemptRecord): void;
  /** A connection was found, and the head of the request is written; `attempt.waitedForPick` says whether that took waiting. */
  requestStarted?(attempt: AttemptRecord): void;
  /** An attempt has ended, well or not, or was given up. Follows each `attemptStarted`, once. */
  attemptEnded?(attempt: AttemptRecord): void;
  /** The call has ended. Follows each `callStarted`, once, and comes after the end of its attempts. */
  callEnded?(call: ClientCallRecord): void;
}
