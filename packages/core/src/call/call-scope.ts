// The call that is being handled right now, for calls that are made on its behalf without naming it.
import type { Call } from "./call.js";

/** A call on whose behalf others are made: a server's call, or whatever has a deadline and a signal like one. */
export interface ParentCall extends Pick<Call, "deadline" | "signal"> {
  /** Its typed values; `traceContext` is read from them. */
  readonly context?: Call["context"];
  /** Its request metadata; trace fields are taken from it when `traceContext` is not set. */
  readonly metadata?: Call["metadata"];
}

/**
 * Knows which call the code that runs right now belongs to. Given to a server (`callScope`) and to
 * channels, it makes each call that a handler makes a child of the handler's, as `parent` would.
 */
export interface CallScope {
  /** Runs `action`, and whatever it sets off, as part of `call`. */
  run<T>(call: ParentCall, action: () => T): T;
  /** The call that the present code is part of. */
  current(): ParentCall | undefined;
}
