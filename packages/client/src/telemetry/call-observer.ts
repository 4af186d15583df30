// The port through which attempts of calls are told to whoever counts or traces them; nothing on the path of a call reads it.
import type { DescMethod } from "@bufbuild/protobuf";
import type { Code, Metadata } from "@trunkline/core";

/** A call, the same object for all its attempts. */
export interface ObservedCall {
  /** The channel's target. */
  readonly target: string;
  /** `/package.Service/Method`. */
  readonly path: string;
  /** The method's descriptor. */
  readonly method: DescMethod;
  /** What the caller sends, if anything. */
  readonly metadata: Metadata | undefined;
}

/**
 * Why an attempt is made. `first`: the call began. `retry`: the one before failed. `hedge`: beside those that
 * are under way. `transparent`: the server has not acted on the one before, which is repeated (gRFC A6).
 */
export type AttemptKind = "first" | "retry" | "hedge" | "transparent";

/** An attempt that has a connection, the same object when it begins and when it ends. */
export interface ObservedAttempt {
  /** Whose attempt it is. */
  readonly call: ObservedCall;
  /** From 1. Transparent ones have the number of the one that they repeat. */
  readonly number: number;
  /** Why it is made. */
  readonly kind: AttemptKind;
  /** Where it runs. */
  readonly address: string;
  /** When its head was written, milliseconds since 1970. */
  readonly startedMs: number;
  /** What was waited for it: backoff, pushback or hedging delay, milliseconds; 0 for none. */
  readonly delayMs: number;
  /** What became of the one before: its code and message, or that none had answered; undefined for the first. */
  readonly reason: string | undefined;
}

/** How an attempt ended. */
export interface ObservedEnd {
  /** Its status; CANCELLED when it was given up. */
  readonly code: Code;
  /** The status' message; empty for OK. */
  readonly message: string;
  /** Milliseconds since it began. */
  readonly durationMs: number;
  /** Trailers, name, value, name, value ...; undefined when none were received. */
  readonly trailers: readonly string[] | undefined;
}

/** Hears of the attempts of a channel's calls. What it throws is not caught: it must not throw. */
export interface CallObserver {
  /** A connection was found, and the head is written. */
  attemptStarted?(attempt: ObservedAttempt): void;
  /** It has ended, well or not, or was given up. Follows each `attemptStarted`, once. */
  attemptEnded?(attempt: ObservedAttempt, end: ObservedEnd): void;
}
