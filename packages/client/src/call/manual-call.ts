// Streaming calls driven by hand: send, closeSend, headers and trailers as promises.
import type { Metadata } from "@trunkline/core";
import type { ClientCall } from "./client-call.js";
import type { InterceptedRun } from "./interception/intercepted-call.js";

/** What every call driven by hand offers. */
export interface OpenCall extends AsyncDisposable {
  /** The server's metadata; rejects when the call fails before it arrives. */
  readonly headers: Promise<Metadata>;
  /** The trailers; rejects with the RpcError when the call fails. */
  readonly trailers: Promise<Metadata>;
  /** Ends the call with CANCELLED; does nothing once it has ended. `await using` does the same. */
  cancel(): void;
}

/** The sending half of a call driven by hand. */
export interface OpenRequests<I> {
  /**
   * Sends a message. Resolves when there is room for the next one: awaiting it is back-pressure.
   * Rejects with CANCELLED when the call ends before the message was sent. The call's metadata has been
   * sent before, when the call was opened.
   * @throws {UsageError} after `closeSend`.
   */
  send(message: I): Promise<void>;
  /** No more messages follow. */
  closeSend(): void;
}

/** The responses of a call driven by hand. */
export interface OpenResponses<O> {
  /** The responses, to be read once. Leaving the loop early cancels the call. */
  readonly messages: AsyncIterableIterator<O, undefined, undefined> & AsyncDisposable;
  /**
   * With option `manualCredit`: the caller is done with `count` more messages, so that the server may send
   * as much again; grants for messages that have not come yet count when they come. Without it, taking a
   * message from `messages` is the grant, and this does nothing.
   * @throws {UsageError} when `count` is no whole number above 0.
   */
  credit(count: number): void;
}

/** A bidirectional call driven by hand. */
export interface OpenBidiCall<I, O> extends OpenCall, OpenRequests<I>, OpenResponses<O> {}

/** A server-streaming call with its metadata at hand. */
export interface OpenServerStream<O> extends OpenCall, OpenResponses<O> {}

/** A client-streaming call driven by hand. */
export interface OpenClientStream<I, O> extends OpenCall, OpenRequests<I> {
  /** The response; rejects with the RpcError when the call fails. */
  readonly response: Promise<O>;
}

/** What a call without interceptors offers to hands. */
export class DirectCall implements OpenCall {
  readonly #call: ClientCall;

  constructor(call: ClientCall) {
    this.#call = call;
  }

  get headers(): Promise<Metadata> {
    return silence(
      this.#call.whenHeaders().then(() => this.#call.readMetadata(this.#call.headerFields)),
    );
  }

  get trailers(): Promise<Metadata> {
    const trailers = this.#call.whenClosed().then(() => {
      if (this.#call.error !== undefined) {
        throw this.#call.error;
      }
      return this.#call.readMetadata(this.#call.trailerFields);
    });
    return silence(trailers);
  }

  cancel(): void {
    this.#call.cancel("the caller cancelled the call");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
  }
}

/** What a call through interceptors offers to hands. */
export class InterceptedCall implements OpenCall {
  readonly #run: InterceptedRun;

  constructor(run: InterceptedRun) {
    this.#run = run;
  }

  get headers(): Promise<Metadata> {
    return silence(this.#run.headers());
  }

  get trailers(): Promise<Metadata> {
    return silence(this.#run.trailers());
  }

  cancel(): void {
    this.#run.cancel("the caller cancelled the call");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
  }
}

/** Whoever does not look at the promise must not be punished for it: the status is told elsewhere, too. */
function silence<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
