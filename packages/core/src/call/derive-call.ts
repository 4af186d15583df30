// A call with some of its parts replaced, for interceptors that change what is passed on.
import type { DescMethod } from "@bufbuild/protobuf";
import type { Metadata } from "../metadata/metadata.js";
import type { Call } from "./call.js";
import { nowMs } from "./clock.js";
import type { ContextValues } from "./context-values.js";
import type { Peer } from "./peer.js";

/** The parts of a call that may be replaced. */
export interface CallChanges<I = unknown> {
  /** In the place of the request metadata. */
  readonly metadata?: Metadata;
  /** Another deadline, in ms since 1970; it must not be later than the call's own. */
  readonly deadline?: number | undefined;
  /** Another signal, which should also abort when the call's own does. */
  readonly signal?: AbortSignal;
  /** Another request, for the kinds that send one. */
  readonly message?: I | undefined;
  /** Other requests, for the kinds that stream them. */
  readonly messages?: AsyncIterable<I> | undefined;
}

/**
 * The same call with some parts replaced; everything else is read from `call` when it is asked for, so
 * that what is made lazily stays so. Spreading a call (`{ ...call }`) would lose those parts.
 *
 * @example
 * const upperCased: Interceptor = (call, next) =>
 *   next(deriveCall(call, { messages: mapMessages(call.messages) }));
 */
export function deriveCall(call: Call, changes: CallChanges): Call {
  return new DerivedCall(call, changes);
}

class DerivedCall implements Call {
  readonly #call: Call;
  readonly #changes: CallChanges;

  constructor(call: Call, changes: CallChanges) {
    this.#call = call;
    this.#changes = changes;
  }

  get method(): DescMethod {
    return this.#call.method;
  }

  get metadata(): Metadata {
    return this.#changes.metadata ?? this.#call.metadata;
  }

  get deadline(): number | undefined {
    return "deadline" in this.#changes ? this.#changes.deadline : this.#call.deadline;
  }

  timeRemainingMs(): number | undefined {
    const deadline = this.deadline;
    return deadline === undefined ? undefined : Math.max(0, deadline - nowMs());
  }

  get signal(): AbortSignal {
    return this.#changes.signal ?? this.#call.signal;
  }

  get context(): ContextValues {
    return this.#call.context;
  }

  get message(): unknown {
    return "message" in this.#changes ? this.#changes.message : this.#call.message;
  }

  get messages(): AsyncIterable<unknown> | undefined {
    return "messages" in this.#changes ? this.#changes.messages : this.#call.messages;
  }

  get peer(): Peer | undefined {
    return this.#call.peer;
  }
}
