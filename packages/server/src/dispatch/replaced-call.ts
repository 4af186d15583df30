// A call of which an interceptor has replaced parts, made whole again for whoever comes next.
import type { DescMethod } from "@bufbuild/protobuf";
import {
  type Call,
  type ContextKey,
  type ContextValues,
  createContextKey,
  type Metadata,
} from "@trunkline/core";
import type { ClientPeer } from "../http/peer.js";
import { CallContext } from "./call-context.js";
import type { CallFollower, ServerCall } from "./server-call.js";

/** Leads from a call that was derived by an interceptor back to the context it was derived from. */
const originKey: ContextKey<CallContext | undefined> = createContextKey<CallContext | undefined>(
  undefined,
  { description: "trunkline server call" },
);

/** Makes a context recognisable in the calls that interceptors derive from it. */
export function markOrigin(context: CallContext): void {
  context.context.set(originKey, context);
}

/** The context at the root of `call`, whatever interceptors have made of it. */
export function findOrigin(call: Call): CallContext {
  if (call instanceof CallContext) return call;
  if (call instanceof ReplacedCall) return call.origin;
  const origin = (call.context as ContextValues | undefined)?.get(originKey);
  if (origin !== undefined) return origin;
  throw new Error("an interceptor called next() with an object that was not made by deriveCall()");
}

/** The call with everything that a server's handler may expect, whatever interceptors have made of it. */
export function toServerCall(call: Call): ServerCall {
  if (call instanceof CallContext || call instanceof ReplacedCall) return call;
  return new ReplacedCall(call, findOrigin(call));
}

class ReplacedCall implements ServerCall {
  readonly origin: CallContext;
  readonly #call: Call;

  constructor(call: Call, origin: CallContext) {
    this.#call = call;
    this.origin = origin;
  }

  get method(): DescMethod {
    return this.#call.method;
  }

  get format(): string {
    return this.origin.format;
  }

  get previousAttempts(): number {
    return this.origin.previousAttempts;
  }

  get metadata(): Metadata {
    return this.#call.metadata;
  }

  get deadline(): number | undefined {
    return this.#call.deadline;
  }

  timeRemainingMs(): number | undefined {
    return this.#call.timeRemainingMs();
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }

  get context(): ContextValues {
    return this.#call.context;
  }

  get message(): unknown {
    return this.#call.message;
  }

  get messages(): AsyncIterable<unknown> | undefined {
    return this.#call.messages;
  }

  get authority(): string {
    return this.origin.authority;
  }

  get peer(): ClientPeer {
    return this.origin.peer;
  }

  get responseHeaders(): Metadata {
    return this.origin.responseHeaders;
  }

  get responseTrailers(): Metadata {
    return this.origin.responseTrailers;
  }

  sendHeaders(): void {
    this.origin.sendHeaders();
  }

  follow(follower: CallFollower): void {
    this.origin.follow(follower);
  }

  get requestCompression(): string {
    return this.origin.requestCompression;
  }

  get acceptedCompressions(): readonly string[] {
    return this.origin.acceptedCompressions;
  }

  get responseCompression(): string {
    return this.origin.responseCompression;
  }

  set responseCompression(name: string) {
    this.origin.responseCompression = name;
  }
}
