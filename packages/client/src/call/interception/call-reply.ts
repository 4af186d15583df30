// The reply of a call as interceptors see it, worked out from the call when somebody asks.
import { Code, type Metadata, type Reply, type Status } from "@trunkline/core";
import type { CallOutcome } from "../call-outcome.js";

/** See the file's first line. `message` and `messages` may be replaced by interceptors. */
export class CallReply implements Reply {
  message: unknown;
  messages: AsyncIterable<unknown> | undefined;
  readonly #call: CallOutcome;
  #headers: Metadata | undefined;
  #trailers: Metadata | undefined;
  #trailersOf: readonly string[] | undefined;

  constructor(call: CallOutcome) {
    this.#call = call;
    this.message = call.message;
    this.messages = call.queue;
  }

  get headers(): Metadata {
    this.#headers ??= this.#call.readMetadata(this.#call.headerFields);
    return this.#headers;
  }

  get trailers(): Metadata {
    const fields = this.#call.trailerFields;
    if (this.#trailers === undefined || this.#trailersOf !== fields) {
      this.#trailers = this.#call.readMetadata(fields);
      this.#trailersOf = fields;
    }
    return this.#trailers;
  }

  get closed(): Promise<Status> {
    return this.#call.whenClosed().then(() => this.#call.error ?? okStatus(this.trailers));
  }
}

/** Makes the reply of a call. */
export function createReply(call: CallOutcome): CallReply {
  return new CallReply(call);
}

function okStatus(metadata: Metadata): Status {
  return { code: Code.OK, message: "", details: [], metadata };
}
