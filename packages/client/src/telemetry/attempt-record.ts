// What observers of a channel are told of one attempt; made only where somebody listens.
import { Code, type RpcError } from "@trunkline/core";
import type { AttemptKind, CallObserver, ObservedAttempt, ObservedCall } from "./call-observer.js";

/** What of a channel a record needs. */
export interface ObservedChannel {
  /** Undefined: nobody listens. */
  readonly observers: readonly CallObserver[] | undefined;
  readonly target: string;
  readonly deadlines: { now(): number };
}

/** How an attempt came about. */
export interface AttemptOrigin {
  readonly number: number;
  readonly kind: AttemptKind;
  readonly delayMs: number;
  readonly reason: string | undefined;
}

/** One attempt under way. */
export class AttemptRecord implements ObservedAttempt {
  readonly call: ObservedCall;
  readonly number: number;
  readonly kind: AttemptKind;
  readonly address: string;
  readonly startedMs: number;
  readonly delayMs: number;
  readonly reason: string | undefined;
  readonly #channel: ObservedChannel;

  /** Tells that the attempt has begun. */
  constructor(
    channel: ObservedChannel,
    call: ObservedCall,
    origin: AttemptOrigin,
    address: string,
  ) {
    this.call = call;
    this.number = origin.number;
    this.kind = origin.kind;
    this.delayMs = origin.delayMs;
    this.reason = origin.reason;
    this.address = address;
    this.startedMs = channel.deadlines.now();
    this.#channel = channel;
    for (const observer of channel.observers ?? []) {
      observer.attemptStarted?.(this);
    }
  }

  /** @param error undefined: it ended well. */
  ended(error: RpcError | undefined, trailers: readonly string[] | undefined): void {
    const durationMs = this.#channel.deadlines.now() - this.startedMs;
    const end = {
      code: error?.code ?? Code.OK,
      message: error?.message ?? "",
      durationMs,
      trailers,
    };
    for (const observer of this.#channel.observers ?? []) {
      observer.attemptEnded?.(this, end);
    }
  }
}

/** The call of which records tell. */
export function toObservedCall(
  channel: ObservedChannel,
  {
    plan,
    metadata,
  }: { plan: { path: string; method: ObservedCall["method"] } } & Pick<ObservedCall, "metadata">,
): ObservedCall {
  return { target: channel.target, path: plan.path, method: plan.method, metadata };
}
